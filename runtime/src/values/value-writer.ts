import { ValueError } from '../errors/index.js';
import { hasOnlyElements, keysOfArray } from './array-properties.js';
import { BUFFER_FULL, ByteWriter } from './byte-writer.js';
import { customTypeOf } from './custom-types.js';
import type { Lend } from './lent.js';
import { ObjectNumbers } from './object-numbers.js';
import { formatPath, type PathStep } from './path.js';
import { refusalOfNamespace } from './refusals.js';
import { writeShortString } from './short-strings.js';
import { DEPTH_LIMIT, FORMAT, SHAPE_LIMIT, SHORT_STRING_LIMIT, SMALL_INTEGER, Tag } from './tags.js';
import { writeSpecial } from './write-special.js';

/** How many objects a thrown value may drag along. */
const LENIENT_OBJECT_LIMIT = 10_000;
/** After so many missing elements in a row, an array is asked which it has. */
const HOLES_IN_A_ROW = 64;
/** What is written without a look at what room there is: a short string with its tag. */
const ROOM = SHORT_STRING_LIMIT;
const { True: TRUE, False: FALSE } = Tag;

/** Packs one value at a time. A value is walked once: each getter is called once. */
export class ValueWriter extends ByteWriter {
  #root = '';
  /** Replaces what cannot be sent by a description of it. */
  #lenient = false;
  /** What was thrown last: a ValueError of a getter's own is not ours. */
  #refusal: ValueError | undefined;
  #depth = 0;
  /** The step from each open object to the child that is being written. */
  readonly #steps: PathStep[] = [];
  readonly #objects = new ObjectNumbers();
  readonly #shapes: (readonly string[])[] = [];
  #shapeCount = 0;
  /** How arrays cross that are lent. */
  lend: Lend | undefined;
  /** Memory that was written whole, and the number of the object it was written with. */
  readonly #memories = new Map<ArrayBufferLike, number>();

  /**
   * Writes a whole value into `target` from `start` on; a growing writer may end up in another buffer.
   * @returns where it ends; `-1` when the buffer is full and may not grow
   * @throws ValueError
   */
  protected run(value: unknown, root: string, lenient: boolean): number {
    this.#root = root;
    this.#lenient = lenient;
    try {
      this.writeByte(FORMAT);
      this.writeValue(value);
      return this.position;
    } catch (error) {
      if (error === BUFFER_FULL) return -1;
      throw error === this.#refusal ? error : this.#unreadable(error);
    } finally {
      this.#forget();
    }
  }

  /** The number of the object that all of this memory was written with. */
  ownerOf(memory: ArrayBufferLike): number | undefined {
    return this.#memories.get(memory);
  }

  /** The object that is being written holds all of this memory. */
  owns(memory: ArrayBufferLike): void {
    this.#memories.set(memory, this.#objects.count - 1);
  }

  /** Notes which child of the innermost open object comes next. */
  step(step: PathStep): void {
    this.#steps[this.#depth - 1] = step;
  }

  /** Where there is no root, the first step is one. */
  #path(count: number): string {
    const path = formatPath(this.#root, this.#steps, count);
    return this.#root === '' ? path.replace(/^\./, '') : path;
  }

  refuse(problem: string): never {
    this.#refusal = new ValueError(this.#path(this.#depth), problem);
    throw this.#refusal;
  }

  /** Reads a property, which may call a getter. */
  property(owner: object, key: string): unknown {
    if (!this.#lenient) return (owner as Record<string, unknown>)[key];
    try {
      return (owner as Record<string, unknown>)[key];
    } catch (error) {
      return `[could not be read: ${describeThrown(error)}]`;
    }
  }

  writeValue(value: unknown): void {
    if (this.#lenient) this.#writeLeniently(value);
    else this.#write(value);
  }

  /** An object as its own enumerable properties. */
  writeProperties(value: object): void {
    const keys = Object.keys(value);
    if (keys.length === 0 && Symbol.toStringTag in value) this.#mustBeEmpty(value);
    this.#writeShape(keys);
    if (this.#lenient) this.#writeItemsLeniently(value, keys);
    else this.#writeItems(value, keys);
  }

  #writeItemsLeniently(value: object, keys: readonly string[]): void {
    for (const key of keys) {
      this.step(key);
      this.writeValue(this.property(value, key));
    }
  }

  /**
   * It writes by itself what most values consist of: until V8 has compiled all this, each call costs more than what is written.
   */
  #writeItems(value: object, keys: readonly string[]): void {
    const level = this.#depth - 1;
    let { buffer, position: at } = this;
    let inlineEnd = this.end - ROOM;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      // A getter may throw.
      this.#steps[level] = key;
      const item = (value as Record<string, unknown>)[key];
      const type = typeof item;
      if (at > inlineEnd) {
        // What does not fit to the byte is seen there.
      } else if (type === 'string') {
        const { length } = item as string;
        const end =
          length < SHORT_STRING_LIMIT ? writeShortString(buffer, at, this.end, item as string, length) : -1;
        if (end !== -1) {
          at = end;
          continue;
        }
      } else if (type === 'number') {
        const integer = (item as number) | 0;
        if (integer === item && integer > 0 && integer < SMALL_INTEGER) {
          buffer[at++] = SMALL_INTEGER | integer;
          continue;
        }
      } else if (type === 'boolean') {
        buffer[at++] = item === true ? TRUE : FALSE;
        continue;
      }
      this.position = at;
      this.#write(item);
      ({ buffer, position: at } = this);
      inlineEnd = this.end - ROOM;
    }
    this.position = at;
  }

  #mustBeEmpty(value: object): void {
    const refusal = refusalOfNamespace(value);
    if (refusal !== undefined) this.refuse(refusal);
  }

  #write(value: unknown): void {
    if (typeof value === 'number') this.writeNumber(value);
    else if (typeof value === 'string') this.writeString(value);
    else if (value === null) this.writeByte(Tag.Null);
    else if (typeof value === 'object') this.#writeObject(value);
    else if (typeof value === 'boolean') this.writeByte(value ? Tag.True : Tag.False);
    else if (value === undefined) this.writeByte(Tag.Undefined);
    else if (typeof value === 'bigint') this.writeBigInt(value);
    else this.refuse(`is a ${typeof value}`);
  }

  #writeObject(value: object): void {
    const number = this.#objects.numberOf(value);
    if (number >= 0) {
      this.writeByte(Tag.Reference);
      this.writeSize(number);
      return;
    }
    if (this.#depth >= DEPTH_LIMIT) this.#refuseDepth();
    this.#depth += 1;
    this.step(undefined);
    if (Array.isArray(value)) this.#writeArray(value);
    else if (Object.getPrototypeOf(value) === Object.prototype) this.writeProperties(value);
    else this.#writeInstance(value);
    this.#depth -= 1;
  }

  #writeInstance(value: object): void {
    const custom = customTypeOf(value);
    if (!custom) {
      writeSpecial(this, value);
      return;
    }
    this.writeCustom(custom.tag, custom.write(value));
  }

  writeCustom(tag: string, descriptor: unknown): void {
    this.writeByte(Tag.Custom);
    this.writeString(tag);
    this.writeValue(descriptor);
  }

  #writeArray(array: readonly unknown[]): void {
    const { length } = array;
    const tagAt = this.position;
    let isLoose = !hasOnlyElements(array);
    this.writeByte(Tag.Array);
    this.writeSize(length);
    for (let i = 0; i < length; i++) {
      this.step(i);
      const item = array[i];
      if (typeof item === 'number') this.writeNumber(item);
      else if (typeof item === 'object' && item !== null && !this.#lenient) this.#writeObject(item);
      else if (item === undefined && !Object.hasOwn(array, i)) {
        isLoose = true;
        i += this.#writeHoles(array, i) - 1;
      } else this.writeValue(item);
    }
    if (!isLoose) return;
    this.buffer[tagAt] = Tag.LooseArray;
    this.#writeNamedProperties(array);
  }

  /** @returns how many elements are missing in a row */
  #writeHoles(array: readonly unknown[], from: number): number {
    let to = from + 1;
    while (to < array.length && to - from < HOLES_IN_A_ROW && !Object.hasOwn(array, to)) to += 1;
    // Stepping over billions of missing elements one by one would take minutes.
    if (to - from === HOLES_IN_A_ROW)
      to = keysOfArray(array).indices.find((index) => index >= to) ?? array.length;
    this.writeByte(Tag.Holes);
    this.writeSize(to - from);
    return to - from;
  }

  #writeNamedProperties(array: readonly unknown[]): void {
    const { names } = keysOfArray(array);
    this.writeSize(names.length);
    for (const name of names) {
      this.step(name);
      const value = this.property(array, name);
      this.writeString(name);
      this.writeValue(value);
    }
  }

  /** Keys that an earlier object of this value had are not written again. */
  #writeShape(keys: readonly string[]): void {
    for (let i = this.#shapeCount - 1; i >= 0; i--) {
      if (!sameKeys(this.#shapes[i]!, keys)) continue;
      this.writeByte(Tag.ShapedObject);
      this.writeSize(i);
      return;
    }
    if (this.#shapeCount < SHAPE_LIMIT) this.#shapes[this.#shapeCount++] = keys;
    this.writeByte(Tag.Object);
    this.writeSize(keys.length);
    for (let i = 0; i < keys.length; i++) this.writeString(keys[i]!);
  }

  /** What was written of a value that turns out not to be sendable is taken back. */
  #writeLeniently(value: unknown): void {
    const { position } = this;
    const [depth, objectCount, shapeCount] = [this.#depth, this.#objects.count, this.#shapeCount];
    try {
      if (objectCount >= LENIENT_OBJECT_LIMIT && typeof value === 'object' && value !== null)
        this.refuse('is one object too many');
      this.#write(value);
    } catch (error) {
      this.position = position;
      this.#depth = depth;
      this.#shapeCount = shapeCount;
      this.#objects.forget(objectCount);
      for (const [memory, owner] of this.#memories) if (owner >= objectCount) this.#memories.delete(memory);
      const problem =
        error instanceof ValueError
          ? error.message.slice(error.path.length + 1)
          : isStackOverflow(error)
            ? 'is nested too deeply'
            : `could not be read: ${describeThrown(error)}`;
      this.writeString(`[not sent: ${problem}]`);
    }
  }

  #refuseDepth(): never {
    const path = this.#path(3);
    this.#refusal = new ValueError(
      `${path}…`,
      `is nested too deeply, at most ${DEPTH_LIMIT} levels can be sent; send it flatter, as an array whose items name each other by index`,
    );
    throw this.#refusal;
  }

  #unreadable(cause: unknown): ValueError {
    if (isStackOverflow(cause)) this.#refuseDepth();
    const path = this.#path(Math.min(this.#depth, 100));
    return new ValueError(path, `could not be read: ${describeThrown(cause)}`, { cause });
  }

  #forget(): void {
    this.#objects.forgetAll();
    if (this.#memories.size > 0) this.#memories.clear();
    this.lend = undefined;
    this.#shapeCount = 0;
    this.#depth = 0;
    this.#refusal = undefined;
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `${String(thrown)} was thrown`;
  } catch {
    return 'something was thrown';
  }
}
