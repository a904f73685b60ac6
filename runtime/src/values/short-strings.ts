import { SHORT_STRING } from './tags.js';

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

/** What each of these characters takes at most as UTF-8, in bytes. */
const MOST_UTF8_BYTES = 3;

// In every Node.js we run on, but not in its types.
interface NativeBuffer {
  latin1Slice(start: number, end: number): string;
  utf8Write(text: string, at: number, most: number): number;
}

/**
 * An ASCII string shorter than 64 bytes. The names of properties and the words of enumerations come again and
 * again, and to recognise one is several times faster than to make it.
 */
export function readShortString(bytes: Buffer, start: number, length: number): string {
  if (length === 0) return '';
  if (stringsRead < COLD_STRINGS) {
    stringsRead += 1;
    return latin1Of(bytes, start, length);
  }
  if (length > CACHED_LENGTH_LIMIT) return latin1Of(bytes, start, length);
  let hash = length;
  for (let i = 0; i < length; i++) hash = (hash * 31 + bytes[start + i]!) | 0;
  const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
  const cached = cache[slot]!;
  if (cached.length === length && isSame(cached, bytes, start)) return cached;
  const made = latin1Of(bytes, start, length);
  cache[slot] = made;
  return made;
}

function latin1Of(bytes: Buffer, start: number, length: number): string {
  return (bytes as unknown as NativeBuffer).latin1Slice(start, start + length);
}

function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/**
 * Writes a string shorter than 64 where it is ASCII, with its tag; there is room for that.
 * @param end where the room ends
 * @returns where the string ends; -1 where it is not ASCII, and then something may have been written
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
    return lengthBytes === length ? at + length : -1;
  }
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return -1;
    buffer[at++] = unit;
  }
  return at;
}
