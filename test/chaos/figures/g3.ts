import { dieInPool } from '../deaths/pool-deaths.js';
import { dieInQueue } from '../deaths/queue-deaths.js';
import { takeOver } from '../deaths/take-over.js';
import type { Measured } from '../figure.js';
import { census, isNothing, leftSince, warmUp } from '../leftovers.js';

export const goal =
  'whoever dies at any failpoint of the pool or of a named queue loses no job and no value and leaves nothing behind; its lock is taken over within 50 ms (p99)';
/** `rounds` deaths at each failpoint. */
export const sizes = {
  smoke: { rounds: 1, takeOvers: 3 },
  reduced: { rounds: 6, takeOvers: 40 },
  full: { rounds: 500, takeOvers: 500 },
};

const TAKE_OVER_MS = 50;

interface Size {
  readonly rounds: number;
  readonly takeOvers: number;
}

export async function run({ rounds, takeOvers }: Size): Promise<Measured> {
  await warmUp();
  const before = census();
  const pool = await dieInPool(rounds);
  const queue = await dieInQueue(rounds);
  const takeOverMs = await takeOver(Math.max(takeOvers, rounds));
  const left = await leftSince(before);
  return {
    pool: { ...pool, problems: pool.problems.slice(0, 10) },
    queue: { ...queue, problems: queue.problems.slice(0, 10) },
    takeOverMs,
    left,
    ok:
      pool.problems.length + queue.problems.length === 0 &&
      Math.min(pool.fewestAtOne, queue.fewestAtOne) >= rounds &&
      takeOverMs.p99 <= TAKE_OVER_MS &&
      isNothing(left),
  };
}
