import type { Failure } from './strategy.js';

/** The moments of a job's life that listeners can hear. */
export const JobEvent = {
  Start: 'job.event.start',
  Running: 'job.event.running',
  Success: 'job.event.success',
  Retry: 'job.event.retry',
  Failed: 'job.event.failed',
  Canceled: 'job.event.canceled',
} as const;

export type JobEvent = (typeof JobEvent)[keyof typeof JobEvent];

/** What a listener is told beside the worker. */
export interface JobEventDetail {
  /** The event. */
  readonly type: JobEvent;
  /** The job that it is of. */
  readonly jobId: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Why the attempt failed; only with `Retry` and `Failed`. */
  readonly error?: Error;
  /** What kind of failure it was; only with `Retry` and `Failed`. */
  readonly kind?: Failure['kind'];
  /** What the job returned; only with `Success`. */
  readonly body?: unknown;
  /** Milliseconds until the next attempt may start; only with `Retry`. */
  readonly delayMs?: number;
}
