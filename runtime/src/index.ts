import { watchThreads } from './threads/watch-threads.js';

export * from './contracts/index.js';
export * from './errors/index.js';
export type { BroadcastOptions } from './pool/calls/broadcast-options.js';
export type { CallOptions, Progress, SubmittedJob } from './pool/calls/call.js';
export type { ImapOptions } from './pool/calls/imap-call.js';
export type { MapOptions } from './pool/calls/map-call.js';
export type { RunOptions } from './pool/calls/run-call.js';
export type { JobMessage } from './pool/channels/job-channel.js';
export type { ProcessMessage } from './pool/channels/process-channel.js';
export type { QueueMessage } from './pool/channels/queue-channel.js';
export type { ClassStats } from './pool/figures/class-figures.js';
export type { Percentiles } from './pool/figures/latency-histograms.js';
export type { Restarts } from './pool/figures/process-figures.js';
export type { AnsweredJob, HistoryOptions } from './pool/history/answered-job.js';
export type { KeepOptions, KeepTime } from './pool/history/keep-options.js';
export type { FlowJob, FlowNode } from './pool/joins/flow.js';
export type { JobLimit, JobRate } from './pool/limits/job-limit.js';
export type { PoolOptions } from './pool/options.js';
export type { BroadcastAnswer } from './pool/parent/processes/broadcasts.js';
export type { PoolStats } from './pool/pool-stats.js';
export {
  type PoolEvents,
  ProcessPool,
  type RunningJob,
  type WithInput,
} from './pool/process-pool.js';
export type { Schedule, ScheduleOptions } from './pool/schedules/schedule-options.js';
export type { JobOptions, KeyOfJob, SubmitOptions } from './pool/steering/job-options.js';
export * from './queues/index.js';
export type { KeepFailedOptions } from './replay/keep-failed.js';
export { JobResponse } from './response/job-response.js';
export { SharedArray, type SharedArrayKind } from './shared-array/shared-array.js';
export { type Backoff, type RetryOptions, RetryStrategy } from './strategies/retry-strategy.js';
export type { Trace, TraceOptions } from './trace/pool-trace.js';
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
