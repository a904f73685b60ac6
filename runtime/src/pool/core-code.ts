import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../cache/cache-folder.js';
import { type CoreCode, cacheFileName, isCodeCacheOn, readCodeCache } from '../cache/code-cache.js';
import { errnoOf, systemError } from '../errors/system-error.js';

const require = createRequire(import.meta.url);

const NOTHING: CoreCode = { bytes: Buffer.alloc(0), edition: '' };
let code: CoreCode | undefined;
/** Where it is kept, or is to be; `undefined` when that has been read, or is not wanted. */
let file: string | undefined;
let isOrdered = false;
/** Has code crashed a process, and could not be removed? */
let isSpoilt = false;

/**
 * The core as V8 has compiled it, for the processes of a pool that is made now: with what a process runs until its first job,
 * where one has kept that, else with what this one has run when it was first asked.
 * @throws MprocError `ERR_SYSTEM` when it cannot be read
 */
export function coreCode(): CoreCode {
  const { codeOfCore, edition, keepProgram } = startModule();
  keepProgram();
  if (code === undefined) file = cachedAt();
  const cached = file && readCodeCache(file, edition);
  if (cached) {
    code = { bytes: cached, edition, cachedAt: file };
    file = undefined;
  }
  code ??= codeOfCore();
  return code;
}

/** The file that a process of a pool begins with. */
export function childFile(): string {
  return require.resolve('./start.cjs');
}

function startModule(): typeof import('./child/start.js') {
  try {
    return require('./start.cjs');
  } catch (error) {
    throw errnoOf(error) === undefined
      ? error
      : systemError('the code of processes could not be read', error);
  }
}

/**
 * Forgets code that a process had kept: one that was given it has crashed as it started.
 * @returns nothing in its place, as the processes of a pool read what lies behind its segment
 */
export function dropCachedCode({ cachedAt }: CoreCode): CoreCode {
  try {
    if (cachedAt !== undefined) rmSync(cachedAt, { force: true });
  } catch {
    // Of a folder that cannot be written, as where packages are another user's: at least this program lets it be.
    isSpoilt = true;
  }
  if (code?.cachedAt === cachedAt) code = undefined;
  return NOTHING;
}

/** Where a process is to keep what it has compiled, told once; `undefined` where that is not wanted. */
export function takeCacheOrder(): string | undefined {
  const path = isOrdered ? undefined : file;
  isOrdered = true;
  return path;
}

function cachedAt(): string | undefined {
  if (isSpoilt || !isCodeCacheOn()) return undefined;
  const folder = cacheFolder(require.resolve('./core.cjs'));
  return folder && join(folder, cacheFileName('core'));
}
