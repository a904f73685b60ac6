import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import { OptionError } from '../../errors/errors.js';
import type { Limit } from '../limits/limits.js';
import type { JobOptions } from './job-options.js';

/** What few calls say of their jobs: when they may begin, before which others, and until when. Times are of the monotonic clock. */
export interface Steering {
  readonly priority: number;
  /** `undefined` for at once. */
  readonly dueAtMs: number | undefined;
  /** `undefined` for never. */
  readonly expiresAtMs: number | undefined;
  readonly expiresAfterMs: number;
  /** While a job of the key waits or runs, another one gets its answer. */
  readonly keyOf: ((args: unknown, index: number) => unknown) | undefined;
  /** Of its class. */
  readonly limit?: Limit | undefined;
  /** A `Gate` of the job's own, where its permit is the engine's. */
  readonly gate?: object | undefined;
}

/** Of a job that says nothing. */
export const PLAIN_STEERING: Steering = {
  priority: 0,
  dueAtMs: undefined,
  expiresAtMs: undefined,
  expiresAfterMs: Number.POSITIVE_INFINITY,
  keyOf: undefined,
};

/** Which call is told; of many jobs, a key would be the same for all. */
export type SteeredCall = 'map' | 'imap' | 'imapUnordered' | 'run' | 'submit';

const MOST_PRIORITY = 1_000_000;
/** Some 34 years, as long as any queue keeps a delay. */
const LONGEST_MS = 2 ** 40;

/** @throws OptionError */
export function steeringOf(
  call: SteeredCall,
  options: JobOptions & { readonly dedupeKey?: unknown; readonly batch?: unknown },
  limit?: Limit,
): Steering {
  const delayMs = delayOf(options);
  const expiresAfterMs = timeOf('expiresAfterMs', options.expiresAfterMs) ?? Number.POSITIVE_INFINITY;
  if (expiresAfterMs <= delayMs)
    throw new OptionError(
      `option expiresAfterMs (${expiresAfterMs}) must be longer than the job has to wait (${Math.round(delayMs)} ms by ${options.at === undefined ? 'delayMs' : 'at'}), or it could never begin`,
    );
  const now = monotonicMs();
  return {
    priority: priorityOf(options.priority),
    dueAtMs: delayMs > 0 ? now + delayMs : undefined,
    expiresAtMs: expiresAfterMs === Number.POSITIVE_INFINITY ? undefined : now + expiresAfterMs,
    expiresAfterMs,
    keyOf: keyOf(call, options),
    limit,
  };
}

/** Of a job that has come over a queue and must have begun by then. */
export function expiringAt(wallMs: number, expiresAfterMs: number): Steering {
  const expiresAtMs = monotonicMs() + wallMs - wallClockMs();
  return { ...PLAIN_STEERING, expiresAtMs, expiresAfterMs };
}

export function hasExpired({ expiresAtMs }: Steering): boolean {
  return expiresAtMs !== undefined && monotonicMs() >= expiresAtMs;
}

/** How long a job has to wait from now, in milliseconds. */
export function waitOf({ dueAtMs }: Steering): number {
  return dueAtMs === undefined ? 0 : Math.max(0, dueAtMs - monotonicMs());
}

function priorityOf(value: unknown): number {
  if (value === undefined) return 0;
  if (Number.isInteger(value) && Math.abs(value as number) <= MOST_PRIORITY) return value as number;
  throw new OptionError(
    `option priority must be a whole number from -1,000,000 to 1,000,000, higher begins first; received ${String(value)}`,
  );
}

function delayOf({ delayMs, at }: JobOptions): number {
  if (delayMs !== undefined && at !== undefined)
    throw new OptionError('options delayMs and at both say when a job may begin; give one of them');
  if (at === undefined) return timeOf('delayMs', delayMs, 0) ?? 0;
  const atMs = at instanceof Date ? at.getTime() : at;
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || Math.abs(atMs) > LONGEST_MS * 8)
    throw new OptionError(
      `option at must be a Date or milliseconds since 1970; received ${at instanceof Date ? 'a Date that is none' : String(at)}`,
    );
  return Math.min(LONGEST_MS, Math.max(0, atMs - wallClockMs()));
}

function timeOf(name: string, value: unknown, least = 1): number | undefined {
  if (value === undefined || (least > 0 && value === Number.POSITIVE_INFINITY)) return undefined;
  if (typeof value === 'number' && value >= least && value <= LONGEST_MS) return value;
  const from = least === 0 ? '0 or more' : 'above 0';
  throw new OptionError(
    `option ${name} must be a number of milliseconds, ${from} and at most 2 ** 40; received ${String(value)}`,
  );
}

function keyOf(
  call: SteeredCall,
  { dedupeKey, batch }: { readonly dedupeKey?: unknown; readonly batch?: unknown },
): Steering['keyOf'] {
  if (dedupeKey === undefined) return undefined;
  if (call === 'run' || call === 'submit') {
    checkedKey(dedupeKey);
    return () => dedupeKey;
  }
  if (batch !== undefined)
    throw new OptionError('dedupeKey does not go with batch, which knows its own jobs by their position');
  if (typeof dedupeKey === 'function') return dedupeKey as Steering['keyOf'];
  throw new OptionError(
    `option dedupeKey of ${call} must be a function (args, index) => key, as one key would make all its jobs one; received ${String(dedupeKey)}`,
  );
}

/** @throws OptionError */
export function checkedKey(key: unknown): string {
  if (typeof key === 'string' && key.length > 0) return key;
  throw new OptionError(
    `option dedupeKey must be a text that is not empty; received ${JSON.stringify(key) ?? String(key)}`,
  );
}
