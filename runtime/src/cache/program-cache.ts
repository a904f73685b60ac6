import { join } from 'node:path';
import {
  cacheFileName,
  editionOf,
  isCodeCacheOn,
  readCodeCache,
  writeCodeCache,
} from '../cache/code-cache.js';
import { cacheFolder } from './cache-folder.js';

/** What every program needs as it begins, as an earlier one has found it out. */
export interface Program {
  /** What V8 has compiled of each file. */
  readonly code: readonly Buffer[];
  /** Where the native library is: to find it takes longer than to load it. */
  readonly nativeFile?: string | undefined;
}

interface Head {
  readonly nativeFile?: string;
  /** Of the code of each file, in bytes. */
  readonly lengths: readonly number[];
}

const HEAD_LENGTH_BYTES = 4;

/** Kept in one file for each release of Node.js and its flags, beside what is kept for the processes of pools. */
export class ProgramCache {
  /** Of the files as they were when this program loaded them: they may be replaced while it runs. */
  readonly #edition: string;
  readonly #path: string | undefined;

  /** @param files what programs run */
  constructor(files: readonly string[]) {
    this.#edition = editionOf(files);
    const folder = isCodeCacheOn() ? cacheFolder(files[0]!) : undefined;
    this.#path = folder && join(folder, cacheFileName('program'));
  }

  get isWanted(): boolean {
    return this.#path !== undefined;
  }

  /** @returns `undefined` where none was kept, or one of other files, or it is damaged */
  read(): Program | undefined {
    const bytes = this.#path && readCodeCache(this.#path, this.#edition);
    if (bytes === undefined || bytes === '') return undefined;
    const headEnd = HEAD_LENGTH_BYTES + bytes.readUInt32LE();
    const { nativeFile, lengths } = JSON.parse(bytes.toString('utf8', HEAD_LENGTH_BYTES, headEnd)) as Head;
    const code: Buffer[] = [];
    for (let at = headEnd; code.length < lengths.length; at += lengths[code.length - 1]!)
      code.push(bytes.subarray(at, at + lengths[code.length]!));
    return { code, nativeFile };
  }

  write({ code, nativeFile }: Program): void {
    if (this.#path === undefined) return;
    const lengths = code.map(({ length }) => length);
    const head = Buffer.from(JSON.stringify({ nativeFile, lengths }));
    const headLength = Buffer.alloc(HEAD_LENGTH_BYTES);
    headLength.writeUInt32LE(head.length);
    writeCodeCache(this.#path, Buffer.concat([headLength, head, ...code]), this.#edition);
  }
}
