import { inspect } from 'node:util';
import type {
  Attempt,
  FailureResponse,
  JobOutput,
  Response,
  SuccessResponse,
} from '../contracts/response.js';

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

const NONE: readonly Attempt[] = [];

/**
 * A response that makes `jobId` and `attempts` only when they are read. There are as many as a call has jobs, and V8 moves
 * each of them twice while it is young, so that what only failures have is not in the others.
 */
export class SettledResponse<Result> {
  declare readonly [BRAND]: true;
  /** Only where it failed. */
  declare readonly error: Error | undefined;
  /** Only where it was asked for. */
  declare readonly output: JobOutput | undefined;
  /** Only where it was asked for. */
  declare readonly input?: unknown;
  /** Only where it was asked for. */
  declare readonly replayFile?: string;
  readonly ok: boolean;
  readonly body: Result | undefined;
  readonly exitCode: number;
  readonly index: number;
  readonly #record: RecordSource;

  constructor(ok: boolean, body: Result | undefined, exitCode: number, index: number, record: RecordSource) {
    this.ok = ok;
    this.body = body;
    this.exitCode = exitCode;
    this.index = index;
    this.#record = record;
  }

  /** Attempts that failed. */
  protected get failed(): readonly Attempt[] {
    return NONE;
  }

  get jobId(): string {
    const prefix = this.#record.jobIdPrefix;
    return prefix === '' ? '' : `${prefix}.${this.index}`;
  }

  get attempts(): readonly Attempt[] {
    if (!this.ok) return this.failed;
    const last = {
      error: undefined,
      exitCode: this.exitCode,
      signal: undefined,
      ...this.#record.attemptOf(this.index),
    };
    return [...this.failed, last];
  }

  orThrow(): Result {
    if (this.ok) return this.body as Result;
    throw this.error;
  }

  toJSON(): Record<string, unknown> {
    const { ok, body, error, exitCode, index, jobId, attempts, output } = this;
    const outcome = ok ? { body } : { error: String(error) };
    const asked = { ...(output && { output }), ...askedFor(this) };
    return { ok, ...outcome, exitCode, jobId, index, attempts, ...asked };
  }

  [inspect.custom](): unknown {
    const { ok, body, error, exitCode, index, jobId, attempts, output } = this;
    return {
      ok,
      ...(ok ? { body } : { error }),
      exitCode,
      jobId,
      index,
      attempts,
      ...(output && { output }),
      ...askedFor(this),
    };
  }
}

/** Only where it was asked for. */
function askedFor(response: { readonly input?: unknown; readonly replayFile?: string }): object {
  const { replayFile } = response;
  const input = Object.hasOwn(response, 'input') ? { input: response.input } : {};
  return { ...input, ...(replayFile && { replayFile }) };
}

/** One of a job that has failed, at last or at first. */
class TroubledResponse<Result> extends SettledResponse<Result> {
  readonly #failed: readonly Attempt[];

  constructor(
    error: Error | undefined,
    body: Result | undefined,
    exitCode: number,
    index: number,
    record: RecordSource,
    failed: readonly Attempt[],
  ) {
    super(error === undefined, body, exitCode, index, record);
    this.#failed = failed;
    if (error !== undefined) Object.assign(this, { error });
  }

  protected override get failed(): readonly Attempt[] {
    return this.#failed;
  }
}

/** No body is one: what a job returns is a value of its own here. */
export function isSettledResponse(value: unknown): boolean {
  return value instanceof SettledResponse;
}

/** Of a job whose first attempt has succeeded. */
export function firstSuccess<Result>(body: Result, index: number, record: RecordSource): Response<Result> {
  return new SettledResponse(true, body, 0, index, record) as Response<Result>;
}

/** @param failed attempts that failed: all of them where there is an error, else those before the last */
export function settledResponse<Result>(
  error: Error | undefined,
  body: Result | undefined,
  exitCode: number,
  index: number,
  record: RecordSource,
  failed: readonly Attempt[] | undefined,
): Response<Result> {
  const response =
    error === undefined && failed === undefined
      ? new SettledResponse(true, body, exitCode, index, record)
      : new TroubledResponse(error, body, exitCode, index, record, failed ?? NONE);
  return response as Response<Result>;
}

Object.defineProperties(SettledResponse.prototype, {
  [BRAND]: { value: true },
  error: { value: undefined, writable: true },
  output: { value: undefined, writable: true },
});

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
    return settledResponse(undefined, body, 0, 0, NOT_RUN, undefined) as SuccessResponse<Result>;
  },
  /** @param exitCode default: the error's own, or 1 */
  failure(error: Error, exitCode: number = exitCodeOf(error)): FailureResponse {
    return settledResponse(error, undefined, exitCode, 0, NOT_RUN, undefined) as FailureResponse;
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
