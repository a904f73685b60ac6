import type { ErrorCode } from '../errors/codes.js';

/** One try at a job. Times are in milliseconds. */
export interface Attempt {
  /** What it failed with. */
  readonly error: Error | undefined;
  /** 0, the error's own `exitCode`, 1, or 128 + the number of the signal that ended the process. */
  readonly exitCode: number;
  /** The signal that ended its process. */
  readonly signal: NodeJS.Signals | undefined;
  /** The process that ran it. */
  readonly pid: number;
  /** From the moment the job was ready until this attempt began. */
  readonly queuedMs: number;
  /** From its start to its end. */
  readonly runMs: number;
  /**
   * Where the job was when it was stopped for `timeoutMs`: a line for each frame, as `at parse (src/parse.worker.ts:14:9)`, the
   * innermost first. Missing where it ran no JavaScript, as while it waits for a promise.
   */
  readonly stack?: string;
}

/** What a job has printed, in all its attempts; of each stream and attempt the last MiB. */
export interface JobOutput {
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its standard error. */
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
  /** The file of a job that has failed, for `npx mproc replay`; only with the pool option `keepFailed`. */
  readonly replayFile?: string;
}

/** What a job failed with. */
export type JobError = Error & {
  /** One of `ERROR_CODES` where this package has made it, else what the job's own error has. */
  readonly code?: ErrorCode | (string & {}) | undefined;
  /** The end of what its process wrote to stderr; only where the process has died (`ERR_PROCESS_CRASHED`). */
  readonly stderr?: string;
};

/** The response of a job that succeeded. */
export interface SuccessResponse<Result> extends Answered {
  /** It succeeded. */
  readonly ok: true;
  /** What the job returned. */
  readonly body: Result;
  /** There is none. */
  readonly error?: undefined;
  /** The body. */
  orThrow(): Result;
}

/** The response of a job that failed. */
export interface FailureResponse extends Answered {
  /** It failed. */
  readonly ok: false;
  /** What the last attempt failed with. */
  readonly error: JobError;
  /** There is none. */
  readonly body?: undefined;
  /** @throws the error */
  orThrow(): never;
}

/** What became of a job; `ok` tells which of the two it is. */
export type Response<Result> = SuccessResponse<Result> | FailureResponse;
