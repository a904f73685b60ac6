import { SHORT_STRING, Tag } from './tags.js';

const CACHE_SLOTS = 2048;
const CACHED_LENGTH_LIMIT = 24;
const cache: string[] = new Array<string>(CACHE_SLOTS).fill('');

/**
 * So many strings are read, and written, by functions of Node.js. A loop over their characters is quicker than that when V8 has
 * compiled it, and ten times as slow before.
 */
const COLD_STRINGS = 20_000;
let stringsRead = 0;
let stringsWritten = 0;

const { Latin1: LATIN1, Utf16: UTF16 } = Tag;
/** A tag, and a size below 128, in bytes. */
const SIZED = 2;

/** What each of these characters takes at most as UTF-8, in bytes. */
const MOST_UTF8_BYTES = 3;

// In every Node.js we run on, but not in its types.
interface NativeBuffer {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  utf8Write(text: string, at: number, most: number): number;
}

/**
 * A string of so many bytes, shorter than 64. The names of properties and the words of enumerations come again and again, and to
 * recognise one is several times faster than to make it.
 * @param isWide it is UTF-16; else ASCII or Latin-1
 */
export function readShortString(bytes: Buffer, start: number, lengthBytes: number, isWide = false): string {
  if (lengthBytes === 0) return '';
  const length = isWide ? lengthBytes >> 1 : lengthBytes;
  if (stringsRead < COLD_STRINGS) {
    stringsRead += 1;
    return textOf(bytes, start, lengthBytes, isWide);
  }
  if (length > CACHED_LENGTH_LIMIT) return textOf(bytes, start, lengthBytes, isWide);
  let hash = length;
  for (let i = 0; i < lengthBytes; i++) hash = (hash * 31 + bytes[start + i]!) | 0;
  const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
  const cached = cache[slot]!;
  if (cached.length === length && (isWide ? isSameWide : isSame)(cached, bytes, start)) return cached;
  const made = textOf(bytes, start, lengthBytes, isWide);
  cache[slot] = made;
  return made;
}

/** What is read a second time may be changed in between by another process, and is a string all the same. */
function textOf(bytes: Buffer, start: number, lengthBytes: number, isWide: boolean): string {
  const native = bytes as unknown as NativeBuffer;
  return isWide
    ? native.ucs2Slice(start, start + lengthBytes)
    : native.latin1Slice(start, start + lengthBytes);
}

function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function isSameWide(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0, at = start; i < text.length; i++, at += 2)
    if (text.charCodeAt(i) !== (bytes[at]! | (bytes[at + 1]! << 8))) return false;
  return true;
}

/**
 * Writes a string shorter than 64 with its tag: ASCII, for which there is room, else Latin-1 or UTF-16.
 * @param end where the room ends
 * @returns where the string ends; -1 where it is not ASCII and has no room, and then something may have been written
 */
export function writeShortString(
  buffer: Buffer,
  start: number,
  end: number,
  value: string,
  length: number,
): number {
  let at = start;
  buffer[at++] = SHORT_STRING + length;
  if (stringsWritten < COLD_STRINGS && end - at >= MOST_UTF8_BYTES * length) {
    stringsWritten += 1;
    // With room for all of it, only ASCII takes a byte for each character.
    const lengthBytes = (buffer as unknown as NativeBuffer).utf8Write(value, at, MOST_UTF8_BYTES * length);
    return lengthBytes === length ? at + length : writeWideString(buffer, start, end, value, length);
  }
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return writeWideString(buffer, start, end, value, length);
    buffer[at++] = unit;
  }
  return at;
}

/** Most words that are not ASCII are short: each call of a function of Node.js takes longer than to write one here. */
function writeWideString(buffer: Buffer, start: number, end: number, value: string, length: number): number {
  const lengthBytes = wideLengthBytes(value, length);
  if (end - start < SIZED + lengthBytes) return -1;
  const isUtf16 = lengthBytes > length;
  let at = start;
  buffer[at++] = isUtf16 ? UTF16 : LATIN1;
  buffer[at++] = lengthBytes;
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    buffer[at++] = unit;
    if (isUtf16) buffer[at++] = unit >> 8;
  }
  return at;
}

/** What a string shorter than 64 that is not ASCII takes, in bytes. */
export function wideStringBytes(value: string): number {
  return SIZED + wideLengthBytes(value, value.length);
}

/** As Latin-1 where it can be, else as UTF-16. */
function wideLengthBytes(value: string, length: number): number {
  let widest = 0;
  for (let i = 0; i < length; i++) widest |= value.charCodeAt(i);
  return widest > 0xff ? 2 * length : length;
}
