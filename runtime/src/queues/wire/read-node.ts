import { ERROR_CLASSES, type Node, TAG, TYPED_ARRAYS } from './node.js';

export type { Node };

const MAX_ARRAY_LENGTH = 0xffff_ffff;
/** An array gets so long at once without its missing elements taking memory worth mentioning. */
const CHEAP_LENGTH = 64;

type Tagged = { readonly [key: string]: Node };

/** @throws Error when the node is not as `writeNode` makes it */
export function readNode(node: Node): unknown {
  return new Reader().read(node);
}

class Reader {
  readonly #objects: object[] = [];

  read(node: Node): unknown {
    if (typeof node !== 'object' || node === null) {
      if (node === undefined) throw new TypeError('a part is missing');
      return node;
    }
    if (Array.isArray(node)) return this.#fillArray(this.#begin([] as unknown[]), node);
    const tagged = node as Tagged;
    return Object.hasOwn(tagged, TAG) ? this.#tagged(tagged) : this.#plain(tagged);
  }

  /** Gives the object its number before anything in it is read. */
  #begin<O extends object>(object: O): O {
    this.#objects.push(object);
    return object;
  }

  #fillArray(array: unknown[], nodes: readonly Node[]): unknown[] {
    for (const node of nodes) array.push(this.read(node));
    return array;
  }

  #plain(node: Tagged): object {
    const object = this.#begin({} as Record<string, unknown>);
    for (const key of Object.keys(node)) object[key] = this.read(node[key]!);
    return object;
  }

  #tagged(node: Tagged): unknown {
    switch (node[TAG]) {
      case 'undefined':
        return undefined;
      case 'number':
        return specialNumber(text(node, 'value'));
      case 'bigint':
        return bigint(text(node, 'value'));
      case 'ref':
        return this.#ref(node.to);
      case 'map':
        return this.#map(list(node, 'entries'));
      case 'set':
        return this.#set(list(node, 'items'));
      case 'array':
        return this.#sparse(node);
      case 'object':
        return this.#define(this.#begin({}), list(node, 'entries'));
      case 'error':
        return this.#error(node);
      default:
        return this.#begin(this.#leaf(node));
    }
  }

  #leaf(node: Tagged): object {
    switch (node[TAG]) {
      case 'date':
        return new Date(number(new Reader().read(node.ms!)));
      case 'regexp':
        return new RegExp(text(node, 'source'), text(node, 'flags'));
      case 'bytes':
        return bytes(text(node, 'type'), Buffer.from(text(node, 'base64'), 'base64'));
      case 'boxed':
        return boxed(new Reader().read(node.value!));
      default:
        throw new TypeError(`unknown tag ${JSON.stringify(node[TAG])}`);
    }
  }

  #ref(to: Node | undefined): object {
    const object = typeof to === 'number' ? this.#objects[to] : undefined;
    if (object === undefined) throw new TypeError(`no object has number ${String(to)}`);
    return object;
  }

  #map(entries: readonly Node[]): Map<unknown, unknown> {
    const map = this.#begin(new Map<unknown, unknown>());
    for (const entry of entries) {
      const [key, value] = pair(entry);
      map.set(this.read(key), this.read(value));
    }
    return map;
  }

  #set(items: readonly Node[]): Set<unknown> {
    const set = this.#begin(new Set<unknown>());
    for (const item of items) set.add(this.read(item));
    return set;
  }

  #sparse(node: Tagged): unknown[] {
    const array = this.#begin([] as unknown[]);
    const length = number(node.length);
    // A length that is only claimed takes no memory: the detour over the greatest one makes the array a table.
    if (length > CHEAP_LENGTH) array.length = MAX_ARRAY_LENGTH;
    array.length = length;
    this.#define(array, list(node, 'entries'));
    return array;
  }

  #define<O extends object>(object: O, entries: readonly Node[]): O {
    for (const entry of entries) {
      const [key, value] = pair(entry);
      if (typeof key !== 'string') throw new TypeError('a key is no string');
      // Defined, not assigned: `__proto__` becomes a key like any other.
      Object.defineProperty(object, key, {
        value: this.read(value),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return object;
  }

  #error(node: Tagged): Error {
    const ErrorClass = ERROR_CLASSES[text(node, 'class') as keyof typeof ERROR_CLASSES];
    if (ErrorClass === undefined || !Object.hasOwn(ERROR_CLASSES, text(node, 'class')))
      throw new TypeError(`unknown class of error ${text(node, 'class')}`);
    const message = text(node, 'message');
    const error = this.#begin(
      ErrorClass === AggregateError
        ? new AggregateError([], message)
        : new (ErrorClass as ErrorConstructor)(message),
    );
    hide(error, 'stack', text(node, 'stack'));
    if (error.name !== text(node, 'name')) hide(error, 'name', text(node, 'name'));
    this.#define(error, list(node, 'own'));
    if (node.cause !== undefined) hide(error, 'cause', this.read(node.cause));
    if (node.errors !== undefined) hide(error, 'errors', this.read(node.errors));
    return error;
  }
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

function text(node: Tagged, key: string): string {
  const value = node[key];
  if (typeof value === 'string') return value;
  throw new TypeError(`\`${key}\` of a ${String(node[TAG])} must be a text`);
}

function list(node: Tagged, key: string): readonly Node[] {
  const value = node[key];
  if (Array.isArray(value)) return value as readonly Node[];
  throw new TypeError(`\`${key}\` of a ${String(node[TAG])} must be a list`);
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError('a number is none');
}

function pair(node: Node): readonly [Node, Node] {
  if (Array.isArray(node) && node.length === 2) return node as unknown as readonly [Node, Node];
  throw new TypeError('an entry is no pair');
}

function specialNumber(value: string): number {
  if (['NaN', 'Infinity', '-Infinity', '-0'].includes(value)) return Number(value);
  throw new TypeError(`unknown number ${value}`);
}

function bigint(value: string): bigint {
  if (/^-?\d+$/.test(value)) return BigInt(value);
  throw new TypeError('a bigint is no number');
}

function boxed(value: unknown): object {
  if (typeof value === 'object') throw new TypeError('a boxed value must be a primitive');
  return Object(value);
}

function bytes(type: string, data: Buffer): object {
  if (type === 'Buffer') return data;
  const own = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
  if (type === 'ArrayBuffer') return own;
  if (type === 'DataView') return new DataView(own);
  if (!Object.hasOwn(TYPED_ARRAYS, type)) throw new TypeError(`unknown kind of bytes ${type}`);
  return new TYPED_ARRAYS[type as keyof typeof TYPED_ARRAYS](own);
}
