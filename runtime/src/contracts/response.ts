import type { ErrorCode } from '../errors/codes.js';

/** One try at a job. Times are in milliseconds. */
export interface Attempt {
  readonly error: Error | undefined;
  /** 0, the error's own `exitCode`, 1, or 128 + the number of the signal that ended the process. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly pid: number;
  /** From the moment the job was ready until this attempt began. */
  readonly queuedMs: number;
  readonly runMs: number;
}

/** What a job has printed, in all its attempts; of each stream and attempt the last MiB. */
export interface JobOutput {
  readonly stdout: string;
  readonly stderr: string;
}

interface Answered {
  readonly jobId: string;
  /** Position of the job's argument in its `map`, from 0. */
  readonly index: number;
  readonly exitCode: number;
  /** Every try, in order; at least one unless the job was canceled before it began. */
  readonly attempts: readonly Attempt[];
  /** Only with the pool option `output: 'response'`. */
  readonly output?: JobOutput | undefined;
  /** What the job was given; only with the option `keepInputs` of the call. */
  readonly input?: unknown;
}

/** What a job failed with. */
export type JobError = Error & {
  /** One of `ERROR_CODES` where this package has made it, else what the job's own error has. */
  readonly code?: ErrorCode | (string & {}) | undefined;
};

export interface SuccessResponse<Result> extends Answered {
  readonly ok: true;
  readonly body: Result;
  readonly error?: undefined;
  /** The body. */
  orThrow(): Result;
}

export interface FailureResponse extends Answered {
  readonly ok: false;
  readonly error: JobError;
  readonly body?: undefined;
  /** @throws the error */
  orThrow(): never;
}

/** What became of a job; `ok` tells which of the two it is. */
export type Response<Result> = SuccessResponse<Result> | FailureResponse;
