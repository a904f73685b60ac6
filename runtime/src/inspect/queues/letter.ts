import { inspect } from 'node:util';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { DeadLetter } from '../../contracts/queue.js';
import { readDeadReason } from '../../pool/remote/dead-reason.js';
import type { JobRecord } from '../../pool/remote/records.js';
import { versioned } from '../../pool/remote/versioned.js';
import { encodeRecord } from '../../queues/wire/index.js';

/** A dead letter as it is shown; what is not known is `null`. */
export interface LetterReport {
  readonly queue: string;
  /** Of the queue's engine. */
  readonly id: string;
  /** As `submit` returned it. */
  readonly jobId: string | null;
  readonly class: string | null;
  /** How often it was run, or else handed out. */
  readonly attempts: number;
  /** Name and message of the error, or what the engine says. */
  readonly error: string;
  readonly host: string | null;
  readonly process: number | null;
  /** ISO 8601. */
  readonly putAt: string | null;
  readonly diedAt: string | null;
  /** Since it died, or else since it was put. */
  readonly ageMs: number | null;
}

/** The same, with all that the record holds. */
export interface WholeLetter extends LetterReport {
  /** As a record of a queue has it: plain JSON where it is that. */
  readonly args: unknown;
  /** For people. */
  readonly text: string;
  readonly reason: string;
}

const MOST_TEXT = 20_000;

export function letterReport(queue: string, letter: DeadLetter<unknown>): LetterReport {
  const { id, value, attempt } = letter;
  const { error, attempts, host, process, diedAt } = readDeadReason(letter.reason);
  const record = recordOf(value);
  const ofQueue = /^jobs\.(.+)$/.exec(queue)?.[1];
  const putAt = timeOf(record?.putAt);
  const from = diedAt ?? putAt;
  return {
    queue,
    id: printable(id),
    jobId: textOf(record?.id),
    class: textOf(record?.worker) ?? ofQueue ?? null,
    attempts: attempts ?? attempt,
    error: printable(error),
    host: host === null ? null : printable(host),
    process,
    putAt: putAt === null ? null : new Date(putAt).toISOString(),
    diedAt: diedAt === null ? null : new Date(diedAt).toISOString(),
    ageMs: from === null ? null : Math.max(0, Math.round(wallClockMs() - from)),
  };
}

export function wholeLetter(queue: string, letter: DeadLetter<unknown>): WholeLetter {
  const record = recordOf(letter.value);
  const args = record === undefined ? letter.value : record.args;
  return {
    ...letterReport(queue, letter),
    args: args === undefined ? null : JSON.parse(encodeRecord(args)),
    text: letter.value === undefined ? 'its record cannot be read' : shown(record ?? letter.value),
    reason: printable(letter.reason),
  };
}

export function shown(value: unknown): string {
  const text = inspect(value, { depth: 8, maxArrayLength: 200, maxStringLength: 5_000, breakLength: 100 });
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …` : text;
}

/** A job, and not what somebody else has put. */
function recordOf(value: unknown): Partial<JobRecord> | undefined {
  const record = versioned<JobRecord>(value);
  return typeof record?.worker === 'string' ? record : undefined;
}

/** When a waiting value was put; `null` where it does not say. */
export function putAtOf(value: unknown): number | null {
  return timeOf(recordOf(value)?.putAt);
}

/** Anybody may have written it. */
function timeOf(ms: unknown): number | null {
  return typeof ms === 'number' && ms > 0 && ms < 8.64e15 ? ms : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? printable(value) : null;
}

/** In one line, and without anything that tells a terminal what to do. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').slice(0, 1_000);
}
