import { MprocError } from '../errors/index.js';
import { readShortString } from './short-strings.js';
import { SHORT_STRING, SMALL_INTEGER, Tag } from './tags.js';

const float = new Float64Array(1);
const bigInt = new BigInt64Array(float.buffer);
const eightBytes = new Uint8Array(float.buffer);
const NOTHING = Buffer.alloc(0);

/** Reads numbers and strings, and never beyond the end. All it returns is a copy. */
export class ByteReader {
  protected bytes: Buffer = NOTHING;
  protected position = 0;
  protected end = 0;

  fail(problem: string, options?: ErrorOptions): never {
    throw new MprocError(
      'ERR_VALUE_DECODE',
      `a packed value cannot be read: ${problem} at byte ${this.position}`,
      options,
    );
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
    this.need(4);
    const { bytes, position } = this;
    this.position = position + 4;
    return (
      bytes[position]! |
      (bytes[position + 1]! << 8) |
      (bytes[position + 2]! << 16) |
      (bytes[position + 3]! << 24)
    );
  }

  readFloat(): number {
    this.#readEightBytes();
    return float[0]!;
  }

  readBigInt64(): bigint {
    this.#readEightBytes();
    return bigInt[0]!;
  }

  readBigIntDigits(): bigint {
    const isNegative = this.readByte() === 1;
    const digits = this.readText('latin1');
    if (!/^[0-9a-f]+$/.test(digits)) this.fail('a BigInt that is no number');
    const magnitude = BigInt(`0x${digits}`);
    return isNegative ? -magnitude : magnitude;
  }

  /** Size and text. */
  readText(encoding: BufferEncoding): string {
    const start = this.skip(this.readSize());
    return this.bytes.toString(encoding, start, this.position);
  }

  readShortString(lengthBytes: number): string {
    const start = this.skip(lengthBytes);
    return readShortString(this.bytes, start, lengthBytes);
  }

  /** An item that must be a string. */
  readKey(): string {
    const tag = this.readByte();
    if (tag >= SHORT_STRING && tag < SMALL_INTEGER) return this.readShortString(tag - SHORT_STRING);
    if (tag === Tag.Utf8) return this.readText('utf8');
    if (tag === Tag.Latin1) return this.readText('latin1');
    if (tag === Tag.Utf16) return this.readText('utf16le');
    return this.fail('no string where one is due');
  }

  /** @returns where the bytes begin that were stepped over */
  protected skip(lengthBytes: number): number {
    this.need(lengthBytes);
    const start = this.position;
    this.position = start + lengthBytes;
    return start;
  }

  protected need(lengthBytes: number): void {
    if (lengthBytes > this.end - this.position) this.fail('it ends too early');
  }

  #readEightBytes(): void {
    const start = this.skip(8);
    const { bytes } = this;
    for (let i = 0; i < 8; i++) eightBytes[i] = bytes[start + i]!;
  }
}
