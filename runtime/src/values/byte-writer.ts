import { SHORT_STRING, SHORT_STRING_LIMIT, SMALL_INTEGER, Tag } from './tags.js';

/** Thrown, and caught again by `packInto`, when a buffer that cannot grow is full. One object: it needs no stack. */
export const BUFFER_FULL = new Error('the buffer is full');

const float = new Float64Array(1);
const bigInt = new BigInt64Array(float.buffer);
const eightBytes = new Uint8Array(float.buffer);
const NOTHING = Buffer.alloc(0);

// In every Node.js we run on, but not yet in the library that TypeScript compiles against.
interface WellFormedString {
  isWellFormed(): boolean;
}

/** Writes numbers and strings into a buffer that is either fixed or grows. */
export class ByteWriter {
  protected buffer: Buffer = NOTHING;
  protected position = 0;
  /** Where the usable part of the buffer ends. */
  protected end = 0;
  protected growable = false;

  writeNumber(value: number): void {
    const integer = value | 0;
    if (integer !== value || (integer === 0 && 1 / value < 0)) this.writeFloat(Tag.Float64, value);
    else if (integer >= 0 && integer < 128) this.writeByte(SMALL_INTEGER | integer);
    else {
      this.reserve(5);
      const { buffer, position } = this;
      buffer[position] = Tag.Int32;
      buffer[position + 1] = integer;
      buffer[position + 2] = integer >> 8;
      buffer[position + 3] = integer >> 16;
      buffer[position + 4] = integer >> 24;
      this.position = position + 5;
    }
  }

  writeFloat(tag: number, value: number): void {
    float[0] = value;
    this.#writeEightBytes(tag);
  }

  writeBigInt(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      bigInt[0] = value;
      this.#writeEightBytes(Tag.BigInt64);
      return;
    }
    const digits = (value < 0n ? -value : value).toString(16);
    this.writeByte(Tag.BigIntDigits);
    this.writeByte(value < 0n ? 1 : 0);
    this.writeSize(digits.length);
    this.#writeText(digits, digits.length, 'latin1');
  }

  writeString(value: string): void {
    const { length } = value;
    if (length >= SHORT_STRING_LIMIT || !this.#tryShortString(value, length)) this.#writeLongString(value);
  }

  #tryShortString(value: string, length: number): boolean {
    this.reserve(length + 1);
    const { buffer } = this;
    let at = this.position;
    buffer[at++] = SHORT_STRING + length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      buffer[at++] = unit;
    }
    this.position = at;
    return true;
  }

  #writeLongString(value: string): void {
    const utf8LengthBytes = Buffer.byteLength(value);
    const utf16LengthBytes = value.length * 2;
    if (utf8LengthBytes === value.length) this.#writeTagged(Tag.Latin1, value, utf8LengthBytes, 'latin1');
    else if (utf8LengthBytes <= utf16LengthBytes && (value as unknown as WellFormedString).isWellFormed())
      this.#writeTagged(Tag.Utf8, value, utf8LengthBytes, 'utf8');
    else this.#writeTagged(Tag.Utf16, value, utf16LengthBytes, 'utf16le');
  }

  #writeTagged(tag: number, text: string, lengthBytes: number, encoding: BufferEncoding): void {
    this.writeByte(tag);
    this.writeSize(lengthBytes);
    this.#writeText(text, lengthBytes, encoding);
  }

  #writeText(text: string, lengthBytes: number, encoding: BufferEncoding): void {
    this.reserve(lengthBytes);
    this.buffer.write(text, this.position, lengthBytes, encoding);
    this.position += lengthBytes;
  }

  #writeEightBytes(tag: number): void {
    this.reserve(9);
    const { buffer, position } = this;
    buffer[position] = tag;
    for (let i = 0; i < 8; i++) buffer[position + 1 + i] = eightBytes[i]!;
    this.position = position + 9;
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.buffer[this.position++] = byte;
  }

  writeSize(size: number): void {
    let rest = size;
    while (rest > 0x7f) {
      this.writeByte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.writeByte(rest);
  }

  /** One copy, straight from the source. */
  writeRaw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  protected reserve(lengthBytes: number): void {
    if (this.position + lengthBytes > this.end) this.#grow(lengthBytes);
  }

  #grow(lengthBytes: number): void {
    if (!this.growable) throw BUFFER_FULL;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.end * 2, this.position + lengthBytes + 1024));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
    this.end = grown.length;
  }
}

/** How many bytes `writeSize` takes. */
export function sizeLength(size: number): number {
  let bytes = 1;
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
