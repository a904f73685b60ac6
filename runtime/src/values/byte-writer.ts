import { RUN_BYTES, type Run } from './packed.js';
import { wideStringBytes, writeShortString } from './short-strings.js';
import { SHORT_STRING_LIMIT, SMALL_INTEGER, Tag } from './tags.js';

/** Thrown, and caught again by `packInto`, when a buffer that cannot grow is full. One object: it needs no stack. */
export const BUFFER_FULL = new Error('the buffer is full');

const NOTHING = Buffer.alloc(0);
const LITTLE_ENDIAN = true;

// In every Node.js we run on, but not yet in the library that TypeScript compiles against.
interface WellFormedString {
  isWellFormed(): boolean;
}

/** Writes numbers and strings into a buffer that is either fixed or grows. */
export class ByteWriter {
  protected buffer: Buffer = NOTHING;
  /** The same memory as the buffer; numbers are several times faster through it. */
  protected view: DataView = new DataView(NOTHING.buffer, 0, 0);
  protected position = 0;
  /** Where the usable part of the buffer ends. */
  protected end = 0;
  protected growable = false;
  /** Where long runs of bytes are noted instead of copied. */
  protected runs: Run[] | undefined;

  protected useBuffer(buffer: Buffer): void {
    if (buffer === this.buffer) return;
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  writeNumber(value: number): void {
    const integer = value | 0;
    if (integer !== value || (integer === 0 && 1 / value < 0)) this.writeFloat(Tag.Float64, value);
    else if (integer >= 0 && integer < 128) this.writeByte(SMALL_INTEGER | integer);
    else {
      this.reserve(5);
      this.buffer[this.position] = Tag.Int32;
      this.view.setInt32(this.position + 1, integer, LITTLE_ENDIAN);
      this.position += 5;
    }
  }

  writeFloat(tag: number, value: number): void {
    this.reserve(9);
    this.buffer[this.position] = tag;
    this.view.setFloat64(this.position + 1, value, LITTLE_ENDIAN);
    this.position += 9;
  }

  writeBigInt(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.reserve(9);
      this.buffer[this.position] = Tag.BigInt64;
      this.view.setBigInt64(this.position + 1, value, LITTLE_ENDIAN);
      this.position += 9;
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
    if (length < SHORT_STRING_LIMIT) this.#writeShortString(value, length);
    else this.#writeLongString(value);
  }

  #writeShortString(value: string, length: number): void {
    this.reserve(length + 1);
    let end = writeShortString(this.buffer, this.position, this.end, value, length);
    if (end === -1) {
      this.reserve(wideStringBytes(value));
      end = writeShortString(this.buffer, this.position, this.end, value, length);
    }
    this.position = end;
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

  /** One copy, straight from the source, or none yet. */
  writeRaw(bytes: Uint8Array): void {
    if (this.runs !== undefined && bytes.length >= RUN_BYTES) {
      this.runs.push({ bytes, lengthBytes: bytes.length, at: this.position });
      return;
    }
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
    this.useBuffer(grown);
    this.end = grown.length;
  }
}

/** How many bytes `writeSize` takes. */
export function sizeLength(size: number): number {
  let bytes = 1;
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
