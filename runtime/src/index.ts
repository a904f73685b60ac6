import { watchThreads } from './threads/watch-threads.js';

export * from './contracts/index.js';
export * from './errors/index.js';
export type { BroadcastOptions } from './pool/calls/broadcast-options.js';
export type { CallOptions, Progress, SubmittedJob } from './pool/calls/call.js';
export type { ImapOptions } from './pool/calls/imap-call.js';
export type { MapOptions } from './pool/calls/map-call.js';
export type { RunOptions } from './pool/calls/run-call.js';
export type { PoolOptions } from './pool/options.js';
export type { BroadcastAnswer } from './pool/parent/broadcasts.js';
export {
  type PoolEvents,
  type PoolStats,
  ProcessPool,
  type RunningJob,
  type WithInput,
} from './pool/process-pool.js';
export * from './queues/index.js';
export { JobResponse } from './response/job-response.js';
export { SharedArray, type SharedArrayKind } from './shared-array/shared-array.js';
export { type Backoff, type RetryOptions, RetryStrategy } from './strategies/retry-strategy.js';
export { defineWorker } from './worker/function/define-worker.js';
export type {
  DefineOptions,
  FunctionOptions,
  FunctionWorker,
  JobFunction,
} from './worker/function/function-class.js';
export type { FunctionJob } from './worker/function/function-job.js';
export { moduleWorker } from './worker/function/module-worker.js';
export { type ProcessOutcome, Worker } from './worker/worker.js';

watchThreads();
