import type { Queue } from '../../contracts/queue.js';
import { OptionError } from '../../errors/errors.js';
import { functionOrNone } from '../../options/function-or-none.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { whole } from '../../options/whole.js';
import type { WorkerClass } from '../../worker/worker.js';
import { servedClass } from '../jobs/task.js';
import type { JobLimit, JobRate } from './job-limit.js';

/** As many as any queue can count. */
const MOST = 1_000_000_000;
/** Some 12 days. */
const LONGEST_MS = 2 ** 30;
/** The key of all jobs where there is none. */
const ONE_KEY = 'all';

/** A limit as it was checked. */
export interface Limit {
  readonly atOnce: number;
  readonly rate: JobRate | undefined;
  /** @throws OptionError where the key is no text; what the user's function throws */
  keyOf(args: unknown): string;
}

/** Limits by the class whose jobs they are of. */
export type Limits = ReadonlyMap<WorkerClass, Limit>;

/** Does the queue keep to the limit, among all hosts? */
export function isKeptBy({ supports }: Queue<unknown>, { rate }: Limit): boolean {
  return supports.limits === true || (supports.limits === 'atOnce' && rate === undefined);
}

const KNOWN: Record<keyof JobLimit, true> = { worker: true, atOnce: true, rate: true, key: true };
const KNOWN_OF_RATE: Record<keyof JobRate, true> = { most: true, perMs: true };

/** @throws OptionError which says which limit is wrong, and how */
export function resolveLimits(given: readonly JobLimit[]): Limits {
  if (!Array.isArray(given))
    throw new OptionError(
      `option limits must be an array of limits, as [{ worker: Invoice, atOnce: 2 }]; received ${String(given)}`,
    );
  const limits = new Map<WorkerClass, Limit>();
  for (const one of given) {
    mustKnowOptions('a limit', one, KNOWN);
    const workerClass = servedClass(one.worker);
    if (limits.has(workerClass))
      throw new OptionError(
        `option limits has two limits of ${workerClass.name}; a class has one, with atOnce and rate in it`,
      );
    limits.set(workerClass, limitOf(workerClass.name, one));
  }
  return limits;
}

function limitOf(name: string, { atOnce, rate, key }: JobLimit): Limit {
  if (atOnce === undefined && rate === undefined)
    throw new OptionError(`the limit of ${name} says neither atOnce nor rate; it needs one of them`);
  functionOrNone('key', key, 'a function of the arguments that gives a text');
  return {
    atOnce: atOnce === undefined ? MOST : whole('atOnce', atOnce, 1, MOST),
    rate: rate && rateOf(rate),
    keyOf: (args) => (key === undefined ? ONE_KEY : checkedKey(name, key(args))),
  };
}

function rateOf(rate: JobRate): JobRate {
  mustKnowOptions('a rate', rate, KNOWN_OF_RATE);
  const { most, perMs } = rate;
  if (typeof perMs !== 'number' || !(perMs > 0 && perMs <= LONGEST_MS))
    throw new OptionError(
      `option perMs must be a number of milliseconds, above 0 and at most 2 ** 30; received ${String(perMs)}`,
    );
  return { most: whole('most', most, 1, MOST), perMs: Math.ceil(perMs) };
}

/** Never that of all jobs. */
function checkedKey(name: string, key: unknown): string {
  if (typeof key === 'string') return `=${key}`;
  throw new OptionError(`the key of ${name}'s limit must give a text; it gave ${String(key)}`);
}
