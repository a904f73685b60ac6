import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../../cache/cache-folder.js';
import { isCodeCacheOn } from '../../../cache/code-cache.js';

const require = createRequire(import.meta.url);
/** From this release on the cache of Node.js holds what it has stripped of its types, and not only what V8 makes of that. */
const FIRST_MAJOR = 24;

interface CompileCache {
  enableCompileCache(folder: string): unknown;
  flushCompileCache(): void;
}

let cache: CompileCache | undefined;

/**
 * Has Node.js keep the TypeScript that it loads from now on, stripped and compiled: to load what strips types takes it
 * longer than all the rest of a child's start.
 * @param url a module whose nearest `node_modules` has the cache
 * @returns whether this release does, and may
 */
export function useNodeCompileCache(url: string): boolean {
  const folder = cacheFolder(fileURLToPath(url));
  if (Number.parseInt(process.versions.node, 10) < FIRST_MAJOR || folder === undefined || !isCodeCacheOn())
    return false;
  cache = require('node:module') as unknown as CompileCache;
  cache.enableCompileCache(join(folder, 'modules'));
  return true;
}

/** Writes down what is new. Node.js does so by itself where a process exits, but not where it is killed. */
export function flushNodeCompileCache(): void {
  cache?.flushCompileCache();
}
