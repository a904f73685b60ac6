import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeWhole } from './cache-folder.js';

/** What V8 has compiled of the core. */
export interface CoreCode {
  readonly bytes: Buffer;
  /** Of which file it was made. */
  readonly edition: string;
  /** The file that an earlier process has cached it in, where it was read. */
  readonly cachedAt?: string | undefined;
}

const require = createRequire(import.meta.url);
const SUM_BYTES = 4;

/** Node.js has a switch for who wants no such files; and code that counts what it runs is not for others. */
export function isCodeCacheOn(): boolean {
  return !process.env.NODE_DISABLE_COMPILE_CACHE && !process.env.NODE_V8_COVERAGE;
}

/** What an earlier process has kept; `undefined` where that is of another edition, damaged, or not there. */
export function readCodeCache(path: string, edition: string): Buffer | undefined {
  let whole: Buffer;
  try {
    whole = readFileSync(path);
  } catch {
    return undefined;
  }
  const bytes = whole.subarray(SUM_BYTES);
  return whole.length > SUM_BYTES && whole.readUInt32LE() === sumOf(bytes, edition) ? bytes : undefined;
}

/** Keeps it for the next programs, where that can be done. */
export function writeCodeCache(path: string, bytes: Buffer, edition: string): void {
  try {
    const sum = Buffer.alloc(SUM_BYTES);
    sum.writeUInt32LE(sumOf(bytes, edition));
    // One killed as it writes must leave nothing that stays; what two have written at once is known by its sum.
    writeWhole(path, Buffer.concat([sum, bytes]), `${path}.partial`);
  } catch {
    // The folder cannot be written, or the disk is full: the next program makes its own, as this one has.
  }
}

/** V8 looks whether it is of its own version and flags, but believes what it reads. A better sum would take longer to load. */
function sumOf(bytes: Uint8Array, start: string): number {
  const { crc32 } = require('node:zlib') as typeof import('node:zlib');
  return crc32(bytes, crc32(start));
}

/** One name for each release of Node.js and its flags: what else must agree is told by the edition in the file. */
export function cacheFileName(kind: string): string {
  const flags = sumOf(Buffer.from(process.execArgv.join(' ')), process.env.NODE_OPTIONS ?? '');
  return `${kind}-${process.version}-${process.arch}-${flags.toString(16)}.code`;
}

/**
 * Names what code was compiled from and by what. V8 compares too little by itself: not the content of a file that was
 * replaced by one of the same length, as by an update of the package, nor the Node.js around it. All releases of one
 * major version of Node.js share a version of V8, and code that one of them compiled can crash another.
 */
export function editionOf(files: readonly string[]): string {
  return [process.version, process.arch, ...[...files, process.execPath].map(tokenOf)].join('-');
}

function tokenOf(path: string): string {
  try {
    const { ino, size, ctimeMs } = statSync(path);
    return `${ino}-${size}-${ctimeMs}`;
  } catch {
    // Where there is no /proc, Node.js does not know where it is; and `--permission` may not let it look there.
    return '';
  }
}
