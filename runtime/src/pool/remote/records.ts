import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { JobBefore } from '../../contracts/job-before.js';
import type { Queue } from '../../contracts/queue.js';
import type { Attempt, Response } from '../../contracts/response.js';
import type { Strategy } from '../../contracts/strategy.js';
import { MprocError, OptionError } from '../../errors/errors.js';
import { type RetryOptions, RetryStrategy } from '../../strategies/retry-strategy.js';
import { unpack, unreadable } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import { isKeep, type Keep } from '../history/keep-options.js';
import type { Task } from '../jobs/task.js';
import { isScheduleName } from '../schedules/schedule-name.js';
import type { Steering } from '../steering/steering.js';
import { isAnswerQueueName } from './queue-names.js';
import { versioned } from './versioned.js';
import { withoutOutput } from './without-output.js';

/** What a job that a schedule has put knows of it. */
export interface TickOfRecord {
  readonly schedule: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Only one of the schedule runs at once, and the others wait for it. */
  readonly inTurn: boolean;
}

/** What became of a job before another one. */
export interface BeforeOfRecord {
  readonly id: string;
  readonly ok: boolean;
  readonly body?: unknown;
  readonly error?: unknown;
}

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
  /** When it is too late to begin it, in milliseconds since 1970, and how long after the call that was. */
  readonly expires?: { readonly at: number; readonly afterMs: number };
  /** The tick of a schedule that it was put for. */
  readonly tick?: TickOfRecord;
  /** The worker's retry strategy, where it is one of plain numbers; else the class's own counts. */
  readonly retry?: RetryOptions;
  /** What goes with the job to whoever surrounds its attempts. */
  readonly carrier?: Readonly<Record<string, string>>;
  /** Somebody listens to what the job reports of its progress. */
  readonly reports?: boolean;
  /** Queue that the answer is put on; left out when nobody waits for it. */
  readonly replyTo?: string;
  /** What became of the jobs before it; left out where it comes after none. */
  readonly after?: readonly BeforeOfRecord[];
  /** Does it run though one of them has failed? */
  readonly goesOn?: boolean;
  /** How long its answer is kept; else as its host keeps them. */
  readonly keep?: Keep;
  /** When it was put, in milliseconds since the epoch, for who looks at the queue. */
  readonly putAt?: number;
}

/** An attempt as it lies on a queue. */
export type AttemptOfReply = Omit<Attempt, 'error' | 'signal'> & Partial<Pick<Attempt, 'error' | 'signal'>>;

/** What lies on a queue of answers. */
export interface ReplyRecord {
  readonly version: 1;
  readonly id: string;
  readonly ok: boolean;
  readonly body?: unknown;
  readonly error?: unknown;
  readonly exitCode: number;
  readonly attempts: readonly AttemptOfReply[];
}

/** A record is from outside: nothing of it is believed before it has been looked at. */
export function isJobRecord(value: unknown): value is JobRecord {
  const record = versioned<JobRecord>(value);
  return (
    record !== undefined &&
    typeof record.id === 'string' &&
    typeof record.worker === 'string' &&
    (record.replyTo === undefined || isAnswerQueueName(record.replyTo)) &&
    (record.timeoutMs === undefined || (typeof record.timeoutMs === 'number' && record.timeoutMs > 0)) &&
    isExpiry(record.expires) &&
    isTick(record.tick) &&
    isKeep(record.keep) &&
    areBefore(record.after) &&
    isRetry(record.retry) &&
    isCarrier(record.carrier) &&
    (record.state === undefined || (typeof record.state === 'object' && record.state !== null))
  );
}

/** Ids of the jobs that wait on a queue that shows them, and of whatever else lies there. */
export async function jobIdsOn(queue: Queue<unknown>): Promise<ReadonlySet<unknown>> {
  const values = (await queue.getAll()) as readonly (Partial<JobRecord> | null | undefined)[];
  return new Set(values.map((value) => value?.id));
}

function isTick(tick: unknown): boolean {
  if (tick === undefined) return true;
  const { schedule, at, inTurn } = (tick ?? {}) as Partial<Record<string, unknown>>;
  return isScheduleName(schedule) && Number.isFinite(at) && typeof inTurn === 'boolean';
}

function areBefore(after: unknown): boolean {
  if (after === undefined) return true;
  const isOne = (one: Partial<BeforeOfRecord> | null) =>
    typeof one?.id === 'string' && typeof one.ok === 'boolean';
  return Array.isArray(after) && after.every(isOne);
}

/** What a job sees of those before it. */
export function beforeOf({ after }: JobRecord): readonly JobBefore[] | undefined {
  return after?.map(({ id, ok, body, error }) => ({
    jobId: id,
    ok,
    ...(ok ? { body } : { error: asError(error) }),
  }));
}

/** Why a job does not run: one before it has failed. */
export function failedBefore(record: JobRecord): MprocError | undefined {
  const failed = record.goesOn ? undefined : beforeOf(record)?.find(({ ok }) => !ok);
  if (failed === undefined) return undefined;
  const { jobId, error: cause } = failed;
  const message = `job ${record.id} did not run, as job ${jobId} before it has failed: ${cause?.message}`;
  return Object.assign(new MprocError('ERR_BEFORE_FAILED', message, { cause }), { jobId });
}

function isExpiry(expires: unknown): boolean {
  if (expires === undefined) return true;
  const { at, afterMs } = (expires ?? {}) as Partial<Record<string, unknown>>;
  return Number.isFinite(at) && Number.isFinite(afterMs);
}

/** What a record and a `put` need of a job's steering. */
export function expiryOf(steering: Steering | undefined): Pick<JobRecord, 'expires'> {
  if (steering?.expiresAtMs === undefined) return {};
  const at = Math.ceil(wallClockMs() + steering.expiresAtMs - monotonicMs());
  return { expires: { at, afterMs: steering.expiresAfterMs } };
}

/** The same of what a pool says of all its jobs. */
export function keptOf({ keep }: { readonly keep: Keep | undefined }): Pick<JobRecord, 'keep'> {
  return keep === undefined ? {} : { keep };
}

/** More than that is no context of a trace. */
const MOST_CARRIED = 64;

function isCarrier(carrier: unknown): boolean {
  if (carrier === undefined) return true;
  if (typeof carrier !== 'object' || carrier === null) return false;
  const values = Object.values(carrier);
  return values.length <= MOST_CARRIED && values.every((value) => typeof value === 'string');
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
    putAt: wallClockMs(),
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
  const record = versioned<ReplyRecord>(value);
  return (
    record !== undefined &&
    typeof record.id === 'string' &&
    typeof record.ok === 'boolean' &&
    Number.isInteger(record.exitCode) &&
    Array.isArray(record.attempts) &&
    record.attempts.every(isAttempt)
  );
}

function isAttempt(value: unknown): value is AttemptOfReply {
  if (typeof value !== 'object' || value === null) return false;
  const { error, exitCode, signal, pid, queuedMs, runMs } = value as Partial<Attempt>;
  return (
    (error === undefined || error instanceof Error) &&
    (signal === undefined || typeof signal === 'string') &&
    [exitCode, pid, queuedMs, runMs].every(Number.isFinite)
  );
}

export function replyOf(id: string, response: Response<unknown>): ReplyRecord {
  const { ok, body, error, exitCode } = response;
  const attempts = response.attempts.map(attemptOfReply);
  const outcome = ok ? body !== undefined && { body } : { error: withoutOutput(error) };
  return { version: 1, id, ok, ...outcome, exitCode, attempts };
}

/** What is undefined is left out: so the answer of a job that has succeeded is plain JSON, which is written and read far faster. */
function attemptOfReply({ error, signal, ...rest }: Attempt): AttemptOfReply {
  return {
    ...(error !== undefined && { error: withoutOutput(error) }),
    ...(signal !== undefined && { signal }),
    ...rest,
  };
}

/** As the caller is told of it. */
export function attemptsOf({ attempts }: ReplyRecord): Attempt[] {
  return attempts.map((attempt) => ({ error: undefined, signal: undefined, ...attempt }));
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
