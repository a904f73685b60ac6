import { ByteReader } from './byte-reader.js';
import { DecodeError, textOf } from './decode-error.js';
import type { RunSource } from './packed.js';
import type { PathStep } from './path.js';
import { readSpecial } from './read-special.js';
import { readShortString } from './short-strings.js';
import { DEPTH_LIMIT, FORMAT, SHAPE_LIMIT, SHORT_STRING, SMALL_INTEGER, Tag } from './tags.js';

/** An array may get so much longer at once without its missing elements taking memory for real. */
const CHEAP_HOLES = 64;
const MAX_ARRAY_LENGTH = 0xffff_ffff;
/** Where most values come past, a look into the table of tags for each would take longer than the rest. */
const { ShapedObject: SHAPED_OBJECT, Int32: INT32, Float64: FLOAT64, True: TRUE, False: FALSE } = Tag;

/**
 * Reads one value at a time.
 *
 * - whatever the bytes are, the outcome is a value or `ERR_VALUE_DECODE`
 * - memory and time are bounded by the number of bytes: nothing is made larger because a size says so
 * - no property is ever set that changes a prototype
 */
export class ValueReader extends ByteReader {
  #depth = 0;
  /** By number; an object is here as soon as it begins. */
  readonly #objects: unknown[] = [];
  #objectCount = 0;
  readonly #shapes: (readonly string[])[] = [];
  #shapeCount = 0;
  /** Filled when reading fails, from the part that cannot be read outwards. */
  readonly #steps: PathStep[] = [];
  /** Where long runs of bytes lie; among the other bytes when there is none. */
  runs: RunSource | undefined;

  /** @throws MprocError `ERR_VALUE_DECODE` */
  read(bytes: Buffer, offset: number, lengthBytes: number, runs?: RunSource): unknown {
    this.useBytes(bytes);
    this.runs = runs;
    this.position = offset;
    this.end = offset + lengthBytes;
    try {
      if (!(offset >= 0 && lengthBytes > 0 && this.end <= bytes.length))
        this.fail('its place is not in the buffer');
      if (this.readByte() !== FORMAT) this.fail('it is of another format');
      const value = this.readValue();
      return this.position === this.end ? value : this.fail('it ends too late');
    } catch (error) {
      throw this.#asDecodeError(error).foundAt(this.#steps.splice(0));
    } finally {
      this.#forget();
    }
  }

  readValue(): unknown {
    const tag = this.readByte();
    if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER;
    if (tag >= SHORT_STRING) return this.readShortString(tag - SHORT_STRING);
    switch (tag) {
      case Tag.Null:
        return null;
      case Tag.Undefined:
        return undefined;
      case Tag.True:
        return true;
      case Tag.False:
        return false;
      case Tag.Int32:
        return this.readInt32();
      case Tag.Float64:
        return this.readFloat();
      case Tag.BigInt64:
        return this.readBigInt64();
      case Tag.BigIntDigits:
        return this.readBigIntDigits();
      case Tag.Latin1:
        return this.readText(false);
      case Tag.Utf8:
        return this.readUtf8();
      case Tag.Utf16:
        return this.readText(true);
      case Tag.Reference:
        return this.readReference();
      default:
        return this.#readObject(tag);
    }
  }

  /** Notes, while a failure is on its way out, which part of the object it comes from. @returns the failure */
  comesFrom(step: PathStep, failure: unknown): unknown {
    this.#steps.push(step);
    return failure;
  }

  /** The value of a part whose step is known. */
  readPart(step: PathStep): unknown {
    try {
      return this.readValue();
    } catch (error) {
      throw this.comesFrom(step, error);
    }
  }

  /** A custom type may fail with whatever it likes, an error of another value's reading among it. */
  #asDecodeError(error: unknown): DecodeError {
    if (error instanceof DecodeError && error.path === '') return error;
    return new DecodeError(textOf(error), this.position, { cause: error });
  }

  /** Gives the object that has just begun its number. */
  begin<T>(object: T): T {
    this.#objects[this.#objectCount++] = object;
    return object;
  }

  /** For an object that can only be made after its parts; it has its number from the beginning all the same. */
  finishLater<T>(make: () => T): T {
    const number = this.#objectCount;
    this.begin(undefined);
    const made = make();
    this.#objects[number] = made;
    return made;
  }

  /** Sets a property from outside, whatever its name. */
  setProperty(target: object, key: string, value: unknown): void {
    if (key === '__proto__')
      Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
    else (target as Record<string, unknown>)[key] = value;
  }

  #readObject(tag: number): unknown {
    if (this.#depth >= DEPTH_LIMIT) this.fail('it is nested too deeply');
    this.#depth += 1;
    const value = this.#readObjectOf(tag);
    this.#depth -= 1;
    return value;
  }

  #readObjectOf(tag: number): unknown {
    switch (tag) {
      case Tag.Array:
        return this.#readArray();
      case Tag.Object:
        return this.#readProperties(this.#readShape());
      case Tag.ShapedObject:
        return this.#readProperties(this.#knownShape());
      case Tag.LooseArray:
        return this.#readLooseArray();
      default:
        return readSpecial(this, tag);
    }
  }

  /** An object that began earlier. */
  readReference(): unknown {
    const number = this.readSize();
    return number < this.#objectCount ? this.#objects[number] : this.fail('a reference to nothing');
  }

  #readArray(): unknown[] {
    const length = this.readSize();
    const array: unknown[] = this.begin([]);
    this.#readItems(array, undefined, length);
    return array;
  }

  /**
   * The elements of an array, or the properties of an object that has these keys. It reads by itself what most values consist of: until
   * V8 has compiled all this, each call costs more than what is read.
   */
  #readItems(into: unknown[] | object, keys: readonly string[] | undefined, count: number): void {
    const { bytes, end, view } = this;
    let at = this.position;
    let index = 0;
    try {
      for (; index < count; index++) {
        const tag = at < end ? bytes[at]! : 0;
        let value: unknown;
        if (tag >= SMALL_INTEGER) {
          value = tag - SMALL_INTEGER;
          at += 1;
        } else if (tag >= SHORT_STRING && tag - SHORT_STRING < end - at) {
          value = readShortString(bytes, at + 1, tag - SHORT_STRING);
          at += 1 + tag - SHORT_STRING;
        } else if (tag === SHAPED_OBJECT && end - at > 1 && bytes[at + 1]! < this.#shapeCount) {
          // The number of a shape is one byte: there are few.
          this.position = at + 2;
          value = this.#readShaped(this.#shapes[bytes[at + 1]!]!);
          at = this.position;
        } else if (tag === INT32 && end - at > 4) {
          value = view.getInt32(at + 1, true);
          at += 5;
        } else if (tag === FLOAT64 && end - at > 8) {
          value = view.getFloat64(at + 1, true);
          at += 9;
        } else if (tag === TRUE || tag === FALSE) {
          value = tag === TRUE;
          at += 1;
        } else {
          this.position = at;
          value = this.readValue();
          at = this.position;
        }
        if (keys === undefined) (into as unknown[]).push(value);
        else if (keys[index] === '__proto__') this.setProperty(into, '__proto__', value);
        else (into as Record<string, unknown>)[keys[index]!] = value;
      }
    } catch (error) {
      throw this.comesFrom(keys === undefined ? index : keys[index], error);
    }
    this.position = at;
  }

  #readLooseArray(): unknown[] {
    const length = this.readSize();
    if (length > MAX_ARRAY_LENGTH) this.fail('an array that is too long');
    const array: unknown[] = this.begin([]);
    let step: PathStep;
    try {
      for (let i = 0; i < length; ) {
        step = i;
        if (this.bytes[this.position] === Tag.Holes) i += this.#readHoles(length - i);
        else array[i++] = this.readValue();
      }
      stretch(array, length);
      for (let count = this.readSize(); count > 0; count--) {
        const name = this.#readName();
        step = name;
        this.setProperty(array, name, this.readValue());
      }
    } catch (error) {
      throw this.comesFrom(step, error);
    }
    return array;
  }

  #readHoles(limit: number): number {
    this.readByte();
    const count = this.readSize();
    return count > 0 && count <= limit ? count : this.fail('more missing elements than an array has');
  }

  /** A property of an array that is not an element nor its length. */
  #readName(): string {
    const name = this.readKey();
    return name === 'length' || /^\d+$/.test(name) ? this.fail('an element among the properties') : name;
  }

  #readShape(): readonly string[] {
    const keys: string[] = [];
    for (let count = this.readSize(); count > 0; count--) keys.push(this.readKey());
    if (this.#shapeCount < SHAPE_LIMIT) this.#shapes[this.#shapeCount++] = keys;
    return keys;
  }

  #knownShape(): readonly string[] {
    const number = this.readSize();
    return number < this.#shapeCount ? this.#shapes[number]! : this.fail('an object of unknown shape');
  }

  #readShaped(keys: readonly string[]): object {
    if (this.#depth >= DEPTH_LIMIT) this.fail('it is nested too deeply');
    this.#depth += 1;
    const object = {};
    this.#objects[this.#objectCount++] = object;
    this.#readItems(object, keys, keys.length);
    this.#depth -= 1;
    return object;
  }

  #readProperties(keys: readonly string[]): object {
    const object = this.begin({});
    this.#readItems(object, keys, keys.length);
    return object;
  }

  #forget(): void {
    const count = this.#objectCount;
    if (count > CHEAP_HOLES) this.#objects.length = 0;
    else for (let i = 0; i < count; i++) this.#objects[i] = undefined;
    this.#objectCount = 0;
    this.runs = undefined;
    this.#shapeCount = 0;
    this.#depth = 0;
  }
}

/** Gives an array its length. The detour over the greatest one makes it a table, which a length costs nothing. */
function stretch(array: unknown[], length: number): void {
  if (length - array.length > CHEAP_HOLES) array.length = MAX_ARRAY_LENGTH;
  if (array.length !== length) array.length = length;
}
