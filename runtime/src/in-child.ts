// What `mproc-worker` is in a process of a pool (see `conditions` in child-process.ts): the same names as index.ts. What
// a worker is made of is there already, as the process itself runs on it; the rest is loaded when it is first used.

import { standIn } from './loading/stand-in.js';
import { lazyExports as known } from './pool/child/lazy-exports.js';

export * from './contracts/index.js';
export * from './errors/index.js';
export { JobResponse } from './response/job-response.js';
export { SharedArray } from './shared-array/shared-array.js';
export { RetryStrategy } from './strategies/retry-strategy.js';
export { defineWorker } from './worker/function/define-worker.js';
export { Worker } from './worker/worker.js';

type Whole = typeof import('./index.js');

/** Where this is loaded, Node.js has `getBuiltinModule`; to import what is built in takes longer. */
function requireWhole(): Whole {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)('./index.cjs') as Whole;
}

/** A class or function of the whole package, which is loaded when something is done with it. */
function lazy<Name extends keyof Whole>(name: Name): Whole[Name] {
  if (!known.has(name))
    known.set(
      name,
      standIn(() => requireWhole()[name] as object),
    );
  return known.get(name) as Whole[Name];
}

export const ProcessPool = lazy('ProcessPool');
export const moduleWorker = lazy('moduleWorker');
export const EngineQueue = lazy('EngineQueue');
export const NullQueue = lazy('NullQueue');
export const SharedMemoryQueue = lazy('SharedMemoryQueue');
export const sharedMemoryQueue = lazy('sharedMemoryQueue');
export const RecordError = lazy('RecordError');
export const decodeRecord = lazy('decodeRecord');
export const encodeRecord = lazy('encodeRecord');
