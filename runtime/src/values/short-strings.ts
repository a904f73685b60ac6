const CACHE_SLOTS = 2048;
const CACHED_LENGTH_LIMIT = 24;
const cache: string[] = new Array<string>(CACHE_SLOTS).fill('');

/**
 * An ASCII string shorter than 64 bytes. The names of properties and the words of enumerations come again and
 * again, and to recognise one is several times faster than to make it.
 */
export function readShortString(bytes: Buffer, start: number, length: number): string {
  if (length === 0) return '';
  if (length > CACHED_LENGTH_LIMIT) return bytes.toString('latin1', start, start + length);
  let hash = length;
  for (let i = 0; i < length; i++) hash = (hash * 31 + bytes[start + i]!) | 0;
  const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
  const cached = cache[slot]!;
  if (cached.length === length && isSame(cached, bytes, start)) return cached;
  const made = bytes.toString('latin1', start, start + length);
  cache[slot] = made;
  return made;
}

function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
