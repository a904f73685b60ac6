import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.js';

/** Where this package keeps what it has made of a file: in the nearest `node_modules` above it, where its packages are found, too. */
export function cacheFolder(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (isThere(packages)) return join(packages, '.cache', 'mproc-worker');
  }
  return undefined;
}

/** `--permission` may not let this program look there. */
function isThere(folder: string): boolean {
  try {
    return existsSync(folder);
  } catch {
    return false;
  }
}

/**
 * Other processes find the whole file or none.
 * @param partial where it is written first; of its own for each process that may write at once
 */
export function writeWhole(
  path: string,
  content: string | Uint8Array,
  partial = `${path}.${process.pid}`,
): void {
  makeFolder(dirname(path));
  writeFileSync(partial, content);
  renameSync(partial, path);
}
