import type { Attempt, Response } from '../../contracts/response.js';
import type { Strategy } from '../../contracts/strategy.js';
import { MprocError, OptionError } from '../../errors/errors.js';
import { type RetryOptions, RetryStrategy } from '../../strategies/retry-strategy.js';
import { unpack, unreadable } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { Task } from '../parent/task.js';
import { withoutOutput } from './without-output.js';

/** What lies on a queue of jobs. It names a class, never a file: who serves the queue says what the name means. */
export interface JobRecord {
  readonly version: 1;
  /** Unique among all callers. */
  readonly id: string;
  readonly worker: string;
  readonly args: unknown;
  /** The worker's own fields; left out when it has none. */
  readonly state?: Record<string, unknown>;
  readonly timeoutMs?: number;
  /** The worker's retry strategy, where it is one of plain numbers; else the class's own counts. */
  readonly retry?: RetryOptions;
  /** Queue that the answer is put on; left out when nobody waits for it. */
  readonly replyTo?: string;
}

/** What lies on a queue of answers. */
export interface ReplyRecord {
  readonly version: 1;
  readonly id: string;
  readonly ok: boolean;
  readonly body?: unknown;
  readonly error?: unknown;
  readonly exitCode: number;
  readonly attempts: readonly Attempt[];
}

/** What lies on the queue of a batch beside its answers: jobs that a run of it has put. */
export interface PutRecord {
  readonly version: 1;
  readonly put: readonly string[];
}

/** A record is from outside: nothing of it is believed before it has been looked at. */
export function isJobRecord(value: unknown): value is JobRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<JobRecord>;
  return (
    record.version === 1 &&
    typeof record.id === 'string' &&
    typeof record.worker === 'string' &&
    (record.replyTo === undefined || isAnswerQueueName(record.replyTo)) &&
    (record.timeoutMs === undefined || (typeof record.timeoutMs === 'number' && record.timeoutMs > 0)) &&
    isRetry(record.retry) &&
    (record.state === undefined || (typeof record.state === 'object' && record.state !== null))
  );
}

/** A record cannot have its answer put on any queue it likes, and no name leads an engine out of its folder. */
function isAnswerQueueName(name: unknown): boolean {
  return typeof name === 'string' && /^(answers|batch)\.[\w.-]{1,92}$/.test(name);
}

/** @throws OptionError when no queue of every engine can have the name */
export function batchQueueName(batch: string): string {
  const name = `batch.${batch}`;
  if (typeof batch === 'string' && isAnswerQueueName(name)) return name;
  throw new OptionError(
    `option batch must be a name of letters, digits, dot, dash and underscore, 1 to 92 of them; received ${JSON.stringify(batch)}`,
  );
}

function isRetry(retry: unknown): boolean {
  if (retry === undefined) return true;
  try {
    new RetryStrategy(retry as RetryOptions);
    return true;
  } catch {
    return false;
  }
}

/** A strategy as numbers that another host can make it of again. */
function retryOf(strategy: Strategy | undefined): { retry?: RetryOptions } {
  if (!(strategy instanceof RetryStrategy)) return {};
  const { maxRetries, type, backoff } = strategy;
  return { retry: { maxRetries, type, backoff } };
}

/** What others must know to run a job of this task. */
export function jobRecordOf(id: string, { workerClass, state, strategy }: Task, args: unknown): JobRecord {
  const fields = state.length === 0 ? undefined : fieldsOf(state);
  return {
    version: 1,
    id,
    worker: queueableName(workerClass),
    args,
    ...(fields && { state: fields }),
    ...retryOf(strategy),
  };
}

/** @throws ValueError for what was closed since it was packed: to try again would not help */
function fieldsOf(state: Buffer): Record<string, unknown> {
  try {
    return unpack(state, 0, state.length) as Record<string, unknown>;
  } catch (error) {
    throw unreadable(error, 'state');
  }
}

export function isReplyRecord(value: unknown): value is ReplyRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<ReplyRecord>;
  return (
    record.version === 1 &&
    typeof record.id === 'string' &&
    typeof record.ok === 'boolean' &&
    Number.isInteger(record.exitCode) &&
    Array.isArray(record.attempts) &&
    record.attempts.every(isAttempt)
  );
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false;
  const { error, exitCode, signal, pid, queuedMs, runMs } = value as Partial<Attempt>;
  return (
    (error === undefined || error instanceof Error) &&
    (signal === undefined || typeof signal === 'string') &&
    [exitCode, pid, queuedMs, runMs].every(Number.isFinite)
  );
}

export function isPutRecord(value: unknown): value is PutRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { version, put } = value as Partial<PutRecord>;
  return version === 1 && Array.isArray(put) && put.every((id) => typeof id === 'string');
}

export function replyOf(id: string, response: Response<unknown>): ReplyRecord {
  const { ok, body, error, exitCode } = response;
  const attempts = response.attempts.map((attempt) =>
    attempt.error === undefined ? attempt : { ...attempt, error: withoutOutput(attempt.error) },
  );
  return { version: 1, id, ok, ...(ok ? { body } : { error: withoutOutput(error) }), exitCode, attempts };
}

/** The answer to a job that cannot be run, or whose answer cannot be sent. */
export function refusalOf(id: string, error: unknown): ReplyRecord {
  return { version: 1, id, ok: false, error: withoutOutput(error), exitCode: 1, attempts: [] };
}

export function errorOf(reply: ReplyRecord): Error | undefined {
  return reply.ok ? undefined : asError(reply.error);
}

/** What a job is answered with that no host could finish. */
export function deadError(id: string, reason: string): MprocError {
  return new MprocError('ERR_JOB_DEAD', `job ${id} was handed out too often without an answer: ${reason}`);
}

/**
 * What records call a worker, which is the same on each host.
 * @throws OptionError for a function that has no name
 */
export function queueableName(workerClass: WorkerClass): string {
  if (workerClass.name !== '') return workerClass.name;
  throw new OptionError(
    `${titleOf(workerClass)} needs a name to go over a queue, the same on each host: defineWorker(import.meta.url, …, { name: 'resize' })`,
  );
}

export function jobQueueName(workerName: string): string {
  return `jobs.${workerName}`;
}
