import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../cache/cache-folder.js';
import { keptCode, mayKeepCode } from './kept-code.js';
import type { CoreCode } from './start.js';

const require = createRequire(import.meta.url);
let code: CoreCode | undefined;
let keepAt: string | undefined;

/**
 * The core as V8 has compiled it, for the processes of this one's pools: with what a process runs until its first job, where
 * one has kept that, else with what this one has run when it was first asked.
 */
export function coreCode(): CoreCode {
  code ??= findOrMake();
  return code;
}

/** Where a process is to keep what it has compiled, told once; `undefined` where that is not wanted. */
export function takeKeepOrder(): string | undefined {
  const path = keepAt;
  keepAt = undefined;
  return path;
}

function findOrMake(): CoreCode {
  const start = require('./start.cjs') as typeof import('./start.js');
  const path = keptAt();
  const kept = path === undefined ? undefined : keptCode(path, start.edition);
  if (kept !== undefined) return { bytes: kept, edition: start.edition };
  keepAt = path;
  return start.codeOfCore();
}

/** One file for all that agree in what V8 compiles, and under which flags. */
function keptAt(): string | undefined {
  if (!mayKeepCode()) return undefined;
  const folder = cacheFolder(require.resolve('./core.cjs'));
  const { cachedDataVersionTag } = require('node:v8') as typeof import('node:v8');
  return folder && join(folder, `core-${process.arch}-${cachedDataVersionTag().toString(16)}.code`);
}
