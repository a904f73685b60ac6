import { DecodeError } from './decode-error.js';
import { readShortString } from './short-strings.js';
import { SHORT_STRING, SHORT_STRING_LIMIT, SMALL_INTEGER, Tag } from './tags.js';

const NOTHING = Buffer.alloc(0);
const LITTLE_ENDIAN = true;

/** Reads numbers and strings, and never beyond the end. All it returns is a copy. */
export class ByteReader {
  bytes: Buffer = NOTHING;
  /** The same memory as the bytes; numbers are several times faster through it. */
  protected view: DataView = new DataView(NOTHING.buffer, 0, 0);
  protected position = 0;
  protected end = 0;

  protected useBytes(bytes: Buffer): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(problem: string, options?: ErrorOptions): never {
    throw new DecodeError(problem, this.position, options);
  }

  readByte(): number {
    this.need(1);
    return this.bytes[this.position++]!;
  }

  readSize(): number {
    const first = this.readByte();
    if (first < 0x80) return first;
    let size = first & 0x7f;
    for (let factor = 128; factor <= 2 ** 42; factor *= 128) {
      const byte = this.readByte();
      size += (byte & 0x7f) * factor;
      if (byte < 0x80) return size;
    }
    return this.fail('a size that is too long');
  }

  readInt32(): number {
    return this.view.getInt32(this.skip(4), LITTLE_ENDIAN);
  }

  readFloat(): number {
    return this.view.getFloat64(this.skip(8), LITTLE_ENDIAN);
  }

  readBigInt64(): bigint {
    return this.view.getBigInt64(this.skip(8), LITTLE_ENDIAN);
  }

  readBigIntDigits(): bigint {
    const isNegative = this.readByte() === 1;
    const digits = this.readText(false);
    if (!/^[0-9a-f]+$/.test(digits)) this.fail('a BigInt that is no number');
    const magnitude = BigInt(`0x${digits}`);
    return isNegative ? -magnitude : magnitude;
  }

  /** Size and text in Latin-1 or UTF-16. */
  readText(isWide: boolean): string {
    const lengthBytes = this.readSize();
    const start = this.skip(lengthBytes);
    const mostBytes = isWide ? 2 * SHORT_STRING_LIMIT : SHORT_STRING_LIMIT;
    // Half a character at the end is damage, which decodes to none.
    if (lengthBytes < mostBytes && !(isWide && lengthBytes % 2 !== 0))
      return readShortString(this.bytes, start, lengthBytes, isWide);
    return this.bytes.toString(isWide ? 'utf16le' : 'latin1', start, this.position);
  }

  /** Size and text. V8 measures it before it writes it: what another process may be writing must not change in between. */
  readUtf8(): string {
    const start = this.skip(this.readSize());
    return Buffer.from(this.bytes.subarray(start, this.position)).toString('utf8');
  }

  readShortString(lengthBytes: number): string {
    const start = this.skip(lengthBytes);
    return readShortString(this.bytes, start, lengthBytes);
  }

  /** An item that must be a string. */
  readKey(): string {
    const tag = this.readByte();
    if (tag >= SHORT_STRING && tag < SMALL_INTEGER) return this.readShortString(tag - SHORT_STRING);
    if (tag === Tag.Utf8) return this.readUtf8();
    if (tag === Tag.Latin1) return this.readText(false);
    if (tag === Tag.Utf16) return this.readText(true);
    return this.fail('no string where one is due');
  }

  /** @returns where the bytes begin that were stepped over */
  skip(lengthBytes: number): number {
    this.need(lengthBytes);
    const start = this.position;
    this.position = start + lengthBytes;
    return start;
  }

  protected need(lengthBytes: number): void {
    if (lengthBytes > this.end - this.position) this.fail('it ends too early');
  }
}
