import { isAnswerQueueName } from './queue-names.js';
import { versioned } from './versioned.js';

/** What lies on the queue of a batch beside its answers: jobs that a run of it has put. */
export interface PutRecord {
  readonly version: 1;
  readonly put: readonly string[];
  /** What tells their arguments from others, in the same order. */
  readonly digests?: readonly string[];
}

/** The same of jobs that were taken back, as their call was aborted. */
export interface WithdrawnRecord {
  readonly version: 1;
  readonly withdrawn: readonly string[];
}

/** Lies on a queue of answers while its reader lives, which has it leased: whoever would answer sees that somebody listens. */
export interface ReaderRecord {
  readonly version: 1;
  /** Another one for each reader. */
  readonly reader: string;
}

/** Lies on the queue of callers while a pool reads answers, which has it leased. */
export interface CallerRecord {
  readonly version: 1;
  /** Queue of its answers. */
  readonly caller: string;
}

/** What a job reports while it runs. */
export interface ProgressRecord {
  readonly version: 1;
  /** Its id. */
  readonly progress: string;
  readonly value: unknown;
}

/** Asks the pool that waits for a job to take it back. */
export interface CancelRecord {
  readonly version: 1;
  readonly cancel: string;
  /** Where to say whether it has. */
  readonly replyTo?: string;
}

/** What it says. */
export interface CanceledRecord {
  readonly version: 1;
  readonly canceled: string;
  readonly ok: boolean;
}

/** Lies on the queue `control` while no host is to begin jobs of a class. */
export interface PausedRecord {
  readonly version: 1;
  /** Name of the class. */
  readonly paused: string;
}

/** Lies there until hosts have had time to see it. */
export interface OrderRecord {
  readonly version: 1;
  /** Its own id. */
  readonly order: string;
  /** The hosts that take no further jobs: a name of a machine, or that and a process. */
  readonly drain?: string;
  /** The class that hears a message. */
  readonly tell?: string;
  readonly message?: unknown;
  /** How long a process has to answer, in milliseconds. */
  readonly timeoutMs?: number;
  readonly replyTo: string;
}

/** What a host says to an order. */
export interface ObeyedRecord {
  readonly version: 1;
  /** Id of the order. */
  readonly obeyed: string;
  readonly host: string;
  readonly answers?: unknown;
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

export function isPutRecord(value: unknown): value is PutRecord {
  const record = versioned<PutRecord>(value);
  if (!areTexts(record?.put)) return false;
  return record.digests === undefined || areTexts(record.digests);
}

export function isWithdrawnRecord(value: unknown): value is WithdrawnRecord {
  return areTexts(versioned<WithdrawnRecord>(value)?.withdrawn);
}

export function isReaderRecord(value: unknown): value is ReaderRecord {
  return typeof versioned<ReaderRecord>(value)?.reader === 'string';
}

export function isCallerRecord(value: unknown): value is CallerRecord {
  return isAnswerQueueName(versioned<CallerRecord>(value)?.caller);
}

export function isProgressRecord(value: unknown): value is ProgressRecord {
  return typeof versioned<ProgressRecord>(value)?.progress === 'string';
}

export function isCancelRecord(value: unknown): value is CancelRecord {
  const record = versioned<CancelRecord>(value);
  if (typeof record?.cancel !== 'string') return false;
  return record.replyTo === undefined || isAnswerQueueName(record.replyTo);
}

export function isCanceledRecord(value: unknown): value is CanceledRecord {
  const record = versioned<CanceledRecord>(value);
  return typeof record?.canceled === 'string' && typeof record.ok === 'boolean';
}

export function isPausedRecord(value: unknown): value is PausedRecord {
  return typeof versioned<PausedRecord>(value)?.paused === 'string';
}

export function isOrderRecord(value: unknown): value is OrderRecord {
  const record = versioned<OrderRecord>(value);
  const { drain, tell, timeoutMs } = record ?? {};
  return (
    typeof record?.order === 'string' &&
    isAnswerQueueName(record.replyTo) &&
    (typeof drain === 'string' || typeof tell === 'string') &&
    (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs > 0))
  );
}

export function isObeyedRecord(value: unknown): value is ObeyedRecord {
  const record = versioned<ObeyedRecord>(value);
  return typeof record?.obeyed === 'string' && typeof record.host === 'string';
}
