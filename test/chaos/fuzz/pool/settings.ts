import type { PoolOptions } from 'mproc-worker';
import type { Random } from '../random.js';
import { type JobKind, KINDS } from './job.js';

/** What the seed decides about a round with one pool. */
export interface RoundSettings {
  readonly options: PoolOptions;
  readonly kinds: Partial<Record<JobKind, number>>;
  /** Jobs that can die of what they did not do themselves. */
  readonly innocentsMayDie: boolean;
  /** Some jobs end their process. */
  readonly hasCrashes: boolean;
  /** A process that is killed for a job that does not end may be at another one by then, which runs again at no cost. */
  readonly mayRunAgain: boolean;
  readonly killEveryMs: number | undefined;
  readonly stopEveryMs: number | undefined;
  readonly operations: number;
  readonly mostJobs: number;
  readonly largestBytes: number;
  /** How likely a callback does something itself. */
  readonly reentry: number;
  /** How likely that is the end of the pool. */
  readonly endsInside: number;
  readonly end: 'settle' | 'close' | 'closeInTime' | 'destroy';
  /** Nothing is asked of calls that keeps their jobs from travelling in bundles. */
  readonly isQuick: boolean;
  readonly hearsResponses: boolean;
  readonly hasResultsQueue: boolean;
  /** How many files of failed jobs are kept. */
  readonly keepsFailed: number | undefined;
  readonly isTraced: boolean;
}

const CRASHING: readonly JobKind[] = [
  'crash',
  'exit',
  'uncaught',
  'rejection',
  'flakyCrash',
  'uncaughtLater',
];
const TINY: Partial<Record<JobKind, number>> = { echo: 10, tick: 10, throw: 1, flaky: 1 };

export function crashes(kind: JobKind): boolean {
  return CRASHING.includes(kind);
}

function kindsOf(random: Random): Partial<Record<JobKind, number>> {
  switch (random.below(4)) {
    case 0:
      return KINDS;
    case 1:
      return TINY;
    case 2:
      return Object.fromEntries(
        Object.entries(KINDS).filter(([kind]) => !crashes(kind as JobKind)),
      ) as Partial<Record<JobKind, number>>;
    default:
      return Object.fromEntries(Object.entries(KINDS).filter(() => random.chance(0.4))) as Partial<
        Record<JobKind, number>
      >;
  }
}

/** Done in no time: only these travel in bundles. */
const QUICK: Partial<Record<JobKind, number>> = { echo: 1_000, tick: 1, flaky: 1, throw: 1 };

function maybe<T>(random: Random, probability: number, value: () => T): T | undefined {
  return random.chance(probability) ? value() : undefined;
}

const NOT_QUICK = ['timeoutMs', 'maxJobsPerProcess', 'maxMemoryBytes'];

function optionsOf(random: Random, end: RoundSettings['end'], isQuick: boolean): PoolOptions {
  const drawn = {
    concurrency: maybe(random, 0.4, () => random.pick([2, 4, 16, 128])),
    memoryBytes: maybe(random, 0.5, () => 2 ** 20),
    timeoutMs: maybe(random, 0.2, () => random.pick([30, 200, 1_000])),
    maxJobsPerProcess: maybe(random, 0.2, () => random.pick([1, 5, 100])),
    maxMemoryBytes: maybe(random, 0.1, () => random.pick([1, 120 * 2 ** 20])),
    maxQueue: maybe(random, 0.15, () => random.pick([0, 3, 50])),
    idleTimeoutMs: maybe(random, 0.15, () => random.pick([1, 20, 100])),
    killTimeoutMs: maybe(random, 0.5, () => random.pick([0, 10, 100])),
    closeTimeoutMs: end === 'closeInTime' ? random.pick([0, 5, 50]) : 60_000,
  };
  const given = Object.entries(drawn).filter(
    ([name, value]) => value !== undefined && !(isQuick && NOT_QUICK.includes(name)),
  );
  return { processes: random.between(1, 3), ...Object.fromEntries(given) };
}

/** Drawn apart, so that older seeds go on to draw the others. */
function furtherOptionsOf(random: Random, { concurrency = 1 }: PoolOptions): PoolOptions {
  const drawn = {
    spares: maybe(random, 0.6, () => random.pick([0, 1, 2])),
    timeoutStacks: maybe(random, 0.3, () => false),
    output: maybe(random, 0.15, () => (concurrency === 1 ? ('response' as const) : undefined)),
    teardownTimeoutMs: maybe(random, 0.2, () => random.pick([1, 100])),
  };
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

function mayRunAgain({ concurrency = 1, killTimeoutMs = 1_000 }: PoolOptions, kinds: string[]): boolean {
  return concurrency > 1 || killTimeoutMs < 1_000 || kinds.some((kind) => !(kind in TINY));
}

export function drawSettings(random: Random): RoundSettings {
  const isQuick = random.chance(0.25);
  const drawn = isQuick ? QUICK : kindsOf(random.derive('kinds'));
  const kinds = Object.keys(drawn).length === 0 ? TINY : drawn;
  const end = random.weighted<RoundSettings['end']>({ settle: 5, close: 3, closeInTime: 1, destroy: 3 });
  const common = optionsOf(random.derive('options'), end, isQuick);
  const further = random.derive('further options');
  const options = { ...common, ...furtherOptionsOf(further, common) };
  const killEveryMs = maybe(random, 0.4, () => random.pick([10, 30, 100, 300]));
  const hasCrashes = Object.keys(kinds).some((kind) => crashes(kind as JobKind));
  // A process for each few jobs.
  const isSlow = (options.maxJobsPerProcess ?? 100) < 100 || options.maxMemoryBytes === 1;
  return {
    options,
    kinds,
    hasCrashes,
    innocentsMayDie:
      killEveryMs !== undefined || 'uncaughtLater' in kinds || (hasCrashes && (options.concurrency ?? 1) > 1),
    mayRunAgain: mayRunAgain(options, Object.keys(kinds)),
    killEveryMs,
    stopEveryMs: maybe(random, 0.25, () => random.pick([30, 100])),
    operations: random.pick([5, 20, 60, 150]),
    mostJobs: isQuick ? 20_000 : isSlow ? 15 : random.pick([50, 500, 4_000]),
    largestBytes: random.pick([100, 40_000, 300_000, 4_000_000]),
    reentry: random.chance(0.5) ? random.pick([0.002, 0.02, 0.2]) : 0,
    endsInside: random.chance(0.3) ? 0.2 : 0,
    end,
    isQuick,
    hearsResponses: random.chance(0.5),
    hasResultsQueue: random.chance(0.25),
    keepsFailed: maybe(further, 0.25, () => further.pick([1, 5, 1_000])),
    isTraced: further.chance(0.2),
  };
}
