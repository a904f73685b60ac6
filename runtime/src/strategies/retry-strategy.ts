import type { Decision, Failure, Strategy } from '../contracts/strategy.js';
import { OptionError } from '../errors/errors.js';
import { mustKnowOptions } from '../options/known-options.js';

/** How long to wait before a retry. */
export interface Backoff {
  /** `exponential` doubles the delay with every attempt. @default 'fixed' */
  readonly type?: 'fixed' | 'exponential';
  /** Delay before the second attempt, in milliseconds. @default 0 */
  readonly delayMs?: number;
  /** No delay is longer than this, in milliseconds. @default no limit */
  readonly maxDelayMs?: number;
  /** Part of the delay that is left to chance, from 0 (none) to 1 (all). @default 0 */
  readonly jitter?: number;
}

/** Options of `RetryStrategy`. */
export interface RetryOptions {
  /** Attempts after the first one. @default 3 */
  readonly maxRetries?: number;
  /** `immediately`: before jobs that wait. `later`: behind them, after the back-off. @default 'immediately' */
  readonly type?: 'immediately' | 'later';
  /** How long to wait before a retry. @default no wait */
  readonly backoff?: Backoff;
}

const RETRY_OPTIONS: Record<keyof RetryOptions, true> = { maxRetries: true, type: true, backoff: true };
const BACKOFF_OPTIONS: Record<keyof Backoff, true> = {
  type: true,
  delayMs: true,
  maxDelayMs: true,
  jitter: true,
};

/** Tries a failed job a number of times more. */
export class RetryStrategy implements Strategy {
  /** Attempts after the first one. */
  readonly maxRetries: number;
  /** Whether a retry comes before waiting jobs or behind them. */
  readonly type: 'immediately' | 'later';
  /** What the delay before a retry is made of. */
  readonly backoff: Required<Backoff>;

  /** @throws OptionError for a value that is not allowed */
  constructor(options: RetryOptions = {}) {
    mustKnowOptions('new RetryStrategy', options, RETRY_OPTIONS);
    mustKnowOptions('option backoff', options.backoff === undefined ? {} : options.backoff, BACKOFF_OPTIONS);
    const { maxRetries = 3, type = 'immediately', backoff = {} } = options;
    const { type: growth = 'fixed', delayMs = 0, maxDelayMs = Number.MAX_SAFE_INTEGER, jitter = 0 } = backoff;
    if (!(Number.isInteger(maxRetries) || maxRetries === Number.POSITIVE_INFINITY) || maxRetries < 0)
      throw new OptionError(`maxRetries must be a whole number from 0, or Infinity; received ${maxRetries}`);
    if (type !== 'immediately' && type !== 'later')
      throw new OptionError(`type must be 'immediately' or 'later'; received ${String(type)}`);
    if (growth !== 'fixed' && growth !== 'exponential')
      throw new OptionError(`backoff.type must be 'fixed' or 'exponential'; received ${String(growth)}`);
    if (!(delayMs >= 0))
      throw new OptionError(`backoff.delayMs must be milliseconds from 0; received ${delayMs}`);
    if (!(maxDelayMs >= 0))
      throw new OptionError(`backoff.maxDelayMs must be milliseconds from 0; received ${maxDelayMs}`);
    if (!(jitter >= 0 && jitter <= 1))
      throw new OptionError(`backoff.jitter must be between 0 and 1; received ${jitter}`);
    this.maxRetries = maxRetries;
    this.type = type;
    this.backoff = { type: growth, delayMs, maxDelayMs, jitter };
  }

  /** Retries up to `maxRetries` times. */
  decide(failure: Pick<Failure, 'attempt' | 'random'>): Decision {
    if (failure.attempt > this.maxRetries) return { action: 'fail' };
    if (this.type === 'immediately') return { action: 'immediately' };
    return { action: 'later', delayMs: delayAfter(failure.attempt, failure.random, this.backoff) };
  }
}

/** Milliseconds to wait after an attempt; jitter takes away up to its part of the delay. */
export function delayAfter(attempt: number, random: number, backoff: Required<Backoff>): number {
  const factor = backoff.type === 'exponential' ? 2 ** (attempt - 1) : 1;
  const full = Math.min(backoff.delayMs * factor, backoff.maxDelayMs);
  return full * (1 - backoff.jitter * random);
}
