import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { nearest } from '../../options/nearest.js';
import { originOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';

/**
 * What to do about a worker's module that is not there, to be read after its path. The place of a bare function was typed; that of any
 * other was asked of the module itself, and only a bundler can have it wrong.
 * @param keepUrl what a bundler is to be told
 */
export function wayOutOf(workerClass: WorkerClass, path: string, keepUrl: string): string {
  if (originOf(workerClass)?.exported === undefined) return `. ${keepUrl}`;
  const meant = nearest(basename(path), filesBeside(path));
  const hint =
    meant === undefined ? '; its folder has no file of a name like it' : `; did you mean ${meant}?`;
  return `${hint} (a bundler does not see a URL: it needs an entry for the module)`;
}

function filesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}
