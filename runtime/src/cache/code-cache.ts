import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeWhole } from './cache-folder.js';

/** What V8 has compiled of the core. */
export interface CoreCode {
  readonly bytes: Buffer;
  /** Of which file it was made. */
  readonly edition: string;
  /** The file that an earlier process has cached it in, where it was read. */
  readonly cachedAt?: string | undefined;
}

const DIGEST_BYTES = 32;

/** Node.js has a switch for who wants no such files; and code that counts what it runs is not for others. */
export function isCodeCacheOn(): boolean {
  return !process.env.NODE_DISABLE_COMPILE_CACHE && !process.env.NODE_V8_COVERAGE;
}

/** What an earlier process has kept; `undefined` where that is of another file, damaged, or not there. */
export function readCodeCache(path: string, edition: string): Buffer | undefined {
  let whole: Buffer;
  try {
    whole = readFileSync(path);
  } catch {
    return undefined;
  }
  const bytes = whole.subarray(DIGEST_BYTES);
  return digestOf({ bytes, edition }).equals(whole.subarray(0, DIGEST_BYTES)) ? bytes : undefined;
}

/** Keeps it for the next programs, where that can be done. */
export function writeCodeCache(path: string, code: CoreCode): void {
  try {
    // One killed as it writes must leave nothing that stays; what two have written at once is known by its digest.
    writeWhole(path, Buffer.concat([digestOf(code), code.bytes]), `${path}.partial`);
  } catch {
    // The folder cannot be written, or the disk is full: the next program makes its own, as this one has.
  }
}

/** V8 looks whether it is of its own version and flags, but believes what it reads. */
function digestOf({ bytes, edition }: CoreCode): Buffer {
  return createHash('sha256').update(edition).update(bytes).digest();
}
