import { types } from 'node:util';
import { ValueError } from '../../errors/errors.js';
import { problemOfInstance } from '../../values/instances.js';
import { refusalOfReturned } from '../../values/lent.js';
import { refusalOf, refusalOfNamespace, refusalOfShared } from '../../values/refusals.js';
import { ERROR_CLASSES, type Node, TAG, TYPED_ARRAYS } from './node.js';

type Tagged = { [key: string]: Node };

/** @throws ValueError for what cannot be sent, with its path */
export function writeNode(value: unknown): Node {
  return new Writer().write(value, 'value');
}

class Writer {
  readonly #numbers = new Map<object, number>();

  write(value: unknown, path: string): Node {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return writeNumber(value);
      case 'undefined':
        return { [TAG]: 'undefined' };
      case 'bigint':
        return { [TAG]: 'bigint', value: value.toString() };
      case 'object':
        return value === null ? null : this.#object(value, path);
      default:
        throw new ValueError(path, `is a ${typeof value}`);
    }
  }

  #object(value: object, path: string): Node {
    const number = this.#numbers.get(value);
    if (number !== undefined) return { [TAG]: 'ref', to: number };
    this.#numbers.set(value, this.#numbers.size);
    if (Array.isArray(value)) return this.#array(value, path);
    return writeLeaf(value, path) ?? this.#container(value, path);
  }

  #container(value: object, path: string): Node {
    if (types.isMap(value))
      return {
        [TAG]: 'map',
        entries: [...value].map(([key, item], index) => [
          this.write(key, `${path}.key(${index})`),
          this.write(item, `${path}.get(${index})`),
        ]),
      };
    if (types.isSet(value))
      return {
        [TAG]: 'set',
        items: [...value].map((item, index) => this.write(item, `${path}.item(${index})`)),
      };
    if (types.isNativeError(value) || value instanceof Error) return this.#error(value, path);
    const prototype: object | null = Object.getPrototypeOf(value);
    const refusal =
      prototype === null || prototype === Object.prototype
        ? refusalOfNamespace(value)
        : (refusalOf(value) ?? problemOfInstance(value, prototype));
    if (refusal !== undefined) throw new ValueError(path, refusal);
    return this.#plain(value, path);
  }

  #array(value: unknown[], path: string): Node {
    const keys = Object.keys(value);
    if (keys.length === value.length && keys.every((key, index) => key === String(index)))
      return value.map((item, index) => this.write(item, `${path}[${index}]`));
    return { [TAG]: 'array', length: value.length, entries: this.#entries(value, keys, path) };
  }

  #plain(value: object, path: string): Node {
    const keys = Object.keys(value);
    if (keys.includes(TAG) || keys.includes('__proto__'))
      return { [TAG]: 'object', entries: this.#entries(value, keys, path) };
    const node: Tagged = {};
    for (const key of keys) node[key] = this.write(read(value, key, path), `${path}.${key}`);
    return node;
  }

  #entries(value: object, keys: readonly string[], path: string): Node[] {
    return keys.map((key) => [key, this.write(read(value, key, path), `${path}.${key}`)]);
  }

  #error(error: Error, path: string): Node {
    const own = Object.keys(error).filter(
      (key) => !['name', 'message', 'stack', 'cause', 'errors'].includes(key),
    );
    const node: Tagged = {
      [TAG]: 'error',
      class: errorClassOf(error),
      name: String(error.name),
      message: String(error.message),
      stack: String(error.stack),
      own: this.#entries(error, own, path),
    };
    if (Object.hasOwn(error, 'cause')) node.cause = this.write(error.cause, `${path}.cause`);
    if (error instanceof AggregateError) node.errors = this.write(error.errors, `${path}.errors`);
    return node;
  }
}

function writeNumber(value: number): Node {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { [TAG]: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
}

/** Objects that hold no other objects; `undefined` for all others. */
function writeLeaf(value: object, path: string): Node | undefined {
  if (types.isDate(value)) return { [TAG]: 'date', ms: writeNumber(value.getTime()) };
  if (types.isRegExp(value)) return { [TAG]: 'regexp', source: value.source, flags: value.flags };
  const memory = ArrayBuffer.isView(value) ? value.buffer : value;
  const refusal = types.isAnyArrayBuffer(memory)
    ? (refusalOfShared(value, memory) ?? refusalOfReturned(memory))
    : undefined;
  if (refusal !== undefined) throw new ValueError(path, refusal);
  if (ArrayBuffer.isView(value))
    return { [TAG]: 'bytes', type: viewType(value, path), base64: base64(value) };
  if (types.isArrayBuffer(value))
    return { [TAG]: 'bytes', type: 'ArrayBuffer', base64: Buffer.from(value).toString('base64') };
  if (types.isBoxedPrimitive(value)) return writeBoxed(value.valueOf(), path);
  return undefined;
}

function writeBoxed(value: unknown, path: string): Node {
  if (typeof value === 'symbol') throw new ValueError(path, 'is a symbol object');
  return { [TAG]: 'boxed', value: new Writer().write(value, path) };
}

function viewType(view: ArrayBufferView, path: string): string {
  if (Buffer.isBuffer(view)) return 'Buffer';
  if (view instanceof DataView) return 'DataView';
  const name = Object.keys(TYPED_ARRAYS).find(
    (key) => view instanceof TYPED_ARRAYS[key as keyof typeof TYPED_ARRAYS],
  );
  if (name === undefined) throw new ValueError(path, 'is a view of bytes of an unknown kind');
  return name;
}

function base64(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
}

function errorClassOf(error: Error): string {
  const found = Object.entries(ERROR_CLASSES).find(
    ([, errorClass]) => error instanceof errorClass && errorClass !== Error,
  );
  return found?.[0] ?? 'Error';
}

function read(value: object, key: string, path: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch (error) {
    throw new ValueError(`${path}.${key}`, `throws when it is read: ${String(error)}`);
  }
}
