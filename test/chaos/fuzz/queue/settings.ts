import type { SharedMemoryQueueOptions } from 'mproc-worker';
import type { Random } from '../random.js';

export type QueueOperation =
  | 'put'
  | 'reserve'
  | 'wait'
  | 'pop'
  | 'getAll'
  | 'at'
  | 'counts'
  | 'iterate'
  | 'requeue'
  | 'lookAtDead'
  | 'takeAll'
  | 'clear'
  | 'clearDead'
  | 'reopen';

/** What the seed decides about a round with one queue. */
export interface QueueSettings {
  /** `undefined`: private, and used by this process alone. */
  readonly name: string | undefined;
  readonly options: SharedMemoryQueueOptions;
  readonly operations: Partial<Record<QueueOperation, number>>;
  readonly actors: number;
  /** Rows of operations that one actor does side by side. */
  readonly chains: number;
  readonly steps: number;
  readonly largestBytes: number;
  readonly killEveryMs: number | undefined;
  readonly stopEveryMs: number | undefined;
  /** The queue is destroyed while all use it. */
  readonly isDestroyedSoon: boolean;
}

const USUAL: Partial<Record<QueueOperation, number>> = {
  put: 10,
  reserve: 8,
  wait: 3,
  pop: 2,
  getAll: 1,
  at: 1,
  counts: 2,
  iterate: 0.5,
  requeue: 1,
  lookAtDead: 1,
};

function operationsOf(random: Random): Partial<Record<QueueOperation, number>> {
  const removing = random.chance(0.2) ? { takeAll: 0.3, clear: 0.2, clearDead: 0.3 } : {};
  const kept = Object.entries(USUAL).filter(([name]) => name === 'put' || random.chance(0.8));
  return { ...Object.fromEntries(kept), reserve: 8, ...removing, ...(random.chance(0.4) && { reopen: 0.5 }) };
}

export function drawSettings(random: Random): QueueSettings {
  const isNamed = random.chance(0.65);
  const isDisturbed = isNamed && random.chance(0.6);
  return {
    name: isNamed ? `fuzz-${process.pid}-${random.seed}` : undefined,
    options: {
      // Nobody's death gives back what a private queue's only user has left leased.
      leaseMs: random.pick(isNamed ? [30, 200, 1_000, 30_000] : [30, 200, 1_000]),
      maxAttempts: random.pick([1, 2, 5, 1_000]),
      memoryBytes: random.pick([65_536, 2 ** 20, 16 * 2 ** 20]),
    },
    operations: operationsOf(random),
    actors: isNamed ? random.between(2, 4) : 1,
    chains: random.between(1, 4),
    steps: random.pick([20, 80, 200]),
    largestBytes: random.pick([50, 5_000, 100_000, 3_000_000]),
    killEveryMs: isDisturbed ? random.pick([20, 100, 300]) : undefined,
    stopEveryMs: isDisturbed && random.chance(0.5) ? random.pick([20, 100]) : undefined,
    isDestroyedSoon: random.chance(0.08),
  };
}
