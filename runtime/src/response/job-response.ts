import { inspect } from 'node:util';
import type { Attempt, FailureResponse, Response, SuccessResponse } from '../contracts/response.js';

/** What became of a job: `SuccessResponse | FailureResponse`, told apart by `ok`. */
export type JobResponse<Result> = Response<Result>;

/** How an attempt went, kept small: most jobs have one attempt, and nobody reads it. */
export interface AttemptRecord {
  readonly pid: number;
  readonly queuedMs: number;
  readonly runMs: number;
}

/** Where a response finds what it does not hold itself. */
interface RecordSource {
  readonly jobIdPrefix: string;
  attemptOf(index: number): AttemptRecord;
}

const NOT_RUN: RecordSource = { jobIdPrefix: '', attemptOf: () => ({ pid: 0, queuedMs: 0, runMs: 0 }) };

/** Tells a response of another copy of this package as well. */
const BRAND = Symbol.for('mproc-worker.response');

/** A response that makes `jobId` and `attempts` only when they are read. */
export class SettledResponse<Result> {
  declare readonly [BRAND]: true;
  readonly ok: boolean;
  readonly body: Result | undefined;
  readonly error: Error | undefined;
  readonly exitCode: number;
  readonly index: number;
  readonly #record: RecordSource;
  readonly #failed: readonly Attempt[] | undefined;

  /** @param failed attempts that failed: all of them where there is an error, else those before the last */
  constructor(
    error: Error | undefined,
    body: Result | undefined,
    exitCode: number,
    index: number,
    record: RecordSource,
    failed: readonly Attempt[] | undefined,
  ) {
    this.ok = error === undefined;
    this.body = body;
    this.error = error;
    this.exitCode = exitCode;
    this.index = index;
    this.#record = record;
    this.#failed = failed;
  }

  get jobId(): string {
    const prefix = this.#record.jobIdPrefix;
    return prefix === '' ? '' : `${prefix}.${this.index}`;
  }

  get attempts(): readonly Attempt[] {
    const failed = this.#failed ?? [];
    if (!this.ok) return failed;
    const last = {
      error: undefined,
      exitCode: this.exitCode,
      signal: undefined,
      ...this.#record.attemptOf(this.index),
    };
    return [...failed, last];
  }

  toJSON(): Record<string, unknown> {
    const { ok, body, error, exitCode, index, jobId, attempts } = this;
    return { ok, ...(ok ? { body } : { error: String(error) }), exitCode, jobId, index, attempts };
  }

  [inspect.custom](): unknown {
    const { ok, body, error, exitCode, index, jobId, attempts } = this;
    return ok
      ? { ok, body, exitCode, jobId, index, attempts }
      : { ok, error, exitCode, jobId, index, attempts };
  }
}

Object.defineProperty(SettledResponse.prototype, BRAND, { value: true });

/** The signal that ended the process, where the error tells of one. */
export function signalOf(error: Error | undefined): NodeJS.Signals | undefined {
  return (error as { signal?: NodeJS.Signals } | undefined)?.signal;
}

/** What a failed job counts as: the error's own `exitCode` where it has one that is not 0, else 1. */
export function exitCodeOf(error: Error): number {
  const own = (error as { exitCode?: unknown }).exitCode;
  return typeof own === 'number' && Number.isInteger(own) && own !== 0 ? own : 1;
}

/**
 * Makes responses for `process` to return in place of a bare result.
 * What it gives is used as it is, with the job's id, index and attempts filled in.
 */
export const JobResponse = {
  success<Result>(body: Result): SuccessResponse<Result> {
    return new SettledResponse(undefined, body, 0, 0, NOT_RUN, undefined) as SuccessResponse<Result>;
  },
  /** @param exitCode default: the error's own, or 1 */
  failure(error: Error, exitCode: number = exitCodeOf(error)): FailureResponse {
    return new SettledResponse(error, undefined, exitCode, 0, NOT_RUN, undefined) as FailureResponse;
  },
  isResponse(value: unknown): value is Response<unknown> {
    if (typeof value !== 'object' || value === null) return false;
    try {
      return BRAND in value;
    } catch {
      // A proxy that has been revoked, or that throws.
      return false;
    }
  },
} as const;
