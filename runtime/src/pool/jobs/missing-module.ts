import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { nearest } from '../../options/nearest.js';
import { originOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';

const KEEP_URL =
  'Bundlers such as webpack put the place of the source for import.meta.url: have it kept (webpack: `module.parser.javascript.importMeta: false`), and give the module of the worker an entry of its own';

/**
 * What to do about a worker's module that is not there, to be read after its path. The place of a bare function was typed; that of any
 * other was asked of the module itself, and only a bundler can have it wrong.
 */
export function wayOutOf(workerClass: WorkerClass, path: string): string {
  if (originOf(workerClass)?.exported === undefined) return `. ${KEEP_URL}`;
  const meant = nearest(basename(path), filesBeside(path));
  const hint =
    meant === undefined ? '; its folder has no file of a name like it' : `; did you mean ${meant}?`;
  return `${hint} (a bundler does not see a URL: it needs an entry for the module)`;
}

/** Why a class whose name its module does not know is refused. */
export function renamed(title: string, path: string): string {
  return `${title} was renamed by a minifier, and its module, ${path}, is the source and not the file that it was loaded from. ${KEEP_URL}`;
}

function filesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}
