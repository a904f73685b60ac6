import type { HistoryFilter } from '../../contracts/queue.js';
import type { Attempt, JobError } from '../../contracts/response.js';
import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { pausableName, type Served } from '../jobs/task.js';

/** A job that has its answer, as `pool.history()` tells it. */
export interface AnsweredJob {
  /** The job's id, as its call gave it. */
  readonly jobId: string;
  /** Name of its worker's class or function. */
  readonly class: string;
  /** Did it succeed, or fail for good? */
  readonly state: 'ok' | 'failed';
  /** What it was given; in memory the very object, else a copy. */
  readonly args: unknown;
  /** What it returned, where it succeeded. */
  readonly body?: unknown;
  /** What it failed with. */
  readonly error?: JobError;
  /** 0, or that of the failure. */
  readonly exitCode: number;
  /** Every try, in order. */
  readonly attempts: readonly Attempt[];
  /** When it was put on its queue; `undefined` in memory. */
  readonly putAt: Date | undefined;
  /** When its answer was there. */
  readonly answeredAt: Date;
  /** The machine that ran it, and the process of its pool there. */
  readonly host: string;
}

/** Which answered jobs `pool.history()` gives: those that everything says yes to. */
export interface HistoryOptions {
  /** Classes or functions, or their names; one, or an array. @default all */
  readonly class?: Served | string | readonly (Served | string)[];
  /** Those that succeeded, or those that failed. @default both */
  readonly state?: 'ok' | 'failed';
  /** Answered then or later: a `Date`, or milliseconds since 1970. @default no limit */
  readonly since?: Date | number;
  /** Answered before. @default no limit */
  readonly until?: Date | number;
  /** What name and message of the error have in them, whatever the case. @default anything */
  readonly error?: string;
  /** Ids of jobs. @default all */
  readonly jobIds?: readonly string[];
  /** How many at most. @default 100 */
  readonly limit?: number;
}

const KNOWN: Record<keyof HistoryOptions, true> = {
  class: true,
  state: true,
  since: true,
  until: true,
  error: true,
  jobIds: true,
  limit: true,
};

/** @throws OptionError */
export function historyFilter(options: HistoryOptions): HistoryFilter {
  mustKnowOptions('history', options, KNOWN);
  const { state, error, jobIds, limit } = options;
  if (state !== undefined && state !== 'ok' && state !== 'failed')
    throw new OptionError(`option state must be 'ok' or 'failed'; received ${String(state)}`);
  if (error !== undefined && typeof error !== 'string')
    throw new OptionError(`option error must be a text; received ${String(error)}`);
  if (jobIds !== undefined && !(Array.isArray(jobIds) && jobIds.every((id) => typeof id === 'string')))
    throw new OptionError(`option jobIds must be an array of ids; received ${String(jobIds)}`);
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1))
    throw new OptionError(`option limit must be a whole number from 1; received ${String(limit)}`);
  return {
    ...(options.class !== undefined && { kinds: [options.class].flat().map((one) => pausableName(one)) }),
    ...(state !== undefined && { ok: state === 'ok' }),
    ...timeOf('since', options.since),
    ...timeOf('until', options.until),
    ...(error !== undefined && { error }),
    ...(jobIds !== undefined && { ids: jobIds }),
    ...(limit !== undefined && { limit }),
  };
}

function timeOf(name: 'since' | 'until', given: unknown): { readonly [Name in typeof name]?: number } {
  if (given === undefined) return {};
  const ms = given instanceof Date ? given.getTime() : given;
  if (typeof ms === 'number' && !Number.isNaN(ms)) return { [name]: ms };
  throw new OptionError(
    `option ${name} must be a Date or milliseconds since 1970; received ${given instanceof Date ? 'a Date that is none' : String(given)}`,
  );
}

/** Name and message of an error in one line, as it is searched. */
export function errorLine(error: Error | undefined): string | null {
  return error === undefined ? null : `${error.name}: ${error.message}`.replaceAll(/[\p{Cc}\s]+/gu, ' ');
}
