import type { Response } from './response.js';

/** Where a job stands. */
export type JobStatus = 'ready' | 'running' | 'retry' | 'success' | 'failed' | 'canceled';

/** One piece of work and where it stands. */
export interface Job<Args, Result> {
  /** Unique within the pool or process that made it; `''` before the job has one. */
  readonly jobId: string;
  /** Where the job stands. */
  readonly status: JobStatus;
  /** The answer, once there is one. */
  readonly response: Response<Result> | undefined;
  /** Runs the job in this process, retries included. */
  start(args: Args): Promise<Response<Result>>;
  /** Asks the job to stop: one that has not begun never will, one that runs sees `signal` aborted. */
  cancel(): void;
}
