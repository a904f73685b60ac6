// What a process of a pool and the library share: they are built into one file (see scripts/build-runtime.mjs).
import '../../contracts/index.js';
import '../../errors/index.js';
import '../../strategies/retry-strategy.js';
import '../../worker/class-setup.js';
import '../../worker/function/define-worker.js';
import './lazy-exports.js';

export { loadedNativeFile, useNativeFile } from '../../segment/libc.js';
export { childMain } from './child-main.js';
