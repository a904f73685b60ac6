// Parts of the runtime that a program reaches only by what it runs into.
export { readCodeCache, writeCodeCache } from '../../../runtime/src/cache/code-cache.js';
export { clean } from '../../../runtime/src/cli/clean.js';
