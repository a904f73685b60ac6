// What a process of a pool and the library share: they are built into one file (see scripts/build-runtime.mjs).
import '../contracts/index.js';
import '../errors/index.js';
import '../strategies/retry-strategy.js';
import '../worker/class-setup.js';
import '../worker/function/define-worker.js';
import './later.js';

export { runChild } from '../pool/child/run-child.js';
