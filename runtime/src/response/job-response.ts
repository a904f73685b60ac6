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

const NOT_RUN: AttemptRecord = { pid: 0, queuedMs: 0, runMs: 0 };

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
  readonly #prefix: string;
  readonly #number: number;
  readonly #earlier: readonly Attempt[] | undefined;
  readonly #last: AttemptRecord | undefined;

  constructor(
    error: Error | undefined,
    body: Result | undefined,
    exitCode: number,
    prefix: string,
    index: number,
    number: number,
    earlier: readonly Attempt[] | undefined,
    last: AttemptRecord | undefined,
  ) {
    this.ok = error === undefined;
    this.body = body;
    this.error = error;
    this.exitCode = exitCode;
    this.index = index;
    this.#prefix = prefix;
    this.#number = number;
    this.#earlier = earlier;
    this.#last = last;
  }

  get jobId(): string {
    return this.#prefix === '' ? '' : `${this.#prefix}.${this.#number}`;
  }

  get attempts(): readonly Attempt[] {
    const earlier = this.#earlier ?? [];
    if (this.#last === undefined) return earlier;
    const last = { error: this.error, exitCode: this.exitCode, signal: signalOf(this.error), ...this.#last };
    return [...earlier, last];
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
    return new SettledResponse(undefined, body, 0, '', 0, 0, undefined, NOT_RUN) as SuccessResponse<Result>;
  },
  /** @param exitCode default: the error's own, or 1 */
  failure(error: Error, exitCode: number = exitCodeOf(error)): FailureResponse {
    return new SettledResponse(error, undefined, exitCode, '', 0, 0, undefined, NOT_RUN) as FailureResponse;
  },
  isResponse(value: unknown): value is Response<unknown> {
    return typeof value === 'object' && value !== null && BRAND in value;
  },
} as const;
