import { dieInPool } from '../deaths/pool-deaths.mjs';
import { dieInQueue } from '../deaths/queue-deaths.mjs';
import { takeOver } from '../deaths/take-over.mjs';
import { census, leftSince, warmUp } from '../leftovers.mjs';

export const goal =
  'whoever dies at any failpoint of the pool or of a named queue loses no job and no value and leaves nothing behind; its lock is taken over within 50 ms (p99)';
/** `rounds` deaths at each failpoint. */
export const sizes = {
  smoke: { rounds: 1, takeOvers: 3 },
  reduced: { rounds: 6, takeOvers: 40 },
  full: { rounds: 500, takeOvers: 500 },
};

const TAKE_OVER_MS = 50;

export async function run({ rounds, takeOvers }) {
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
      Object.values(left).every((count) => count === 0),
  };
}
