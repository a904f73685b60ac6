import { ProcessPool, RetryStrategy } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { Pid } from '../jobs.worker.mjs';
import { census, isNothing, leftSince, warmUp } from '../leftovers.js';
import { seeded } from '../seeded.js';
import { killRandomly } from './killing.js';

export const goal = 'no job stays unanswered, and the pool is healthy within 2 s of the last kill';
export const sizes = { smoke: { seconds: 3 }, reduced: { seconds: 10 }, full: { seconds: 60 } };

const PROCESSES = 8;
const KILL_EVERY_MS = 20;
const JOB_MS = 2;

interface Size {
  readonly seconds: number;
  readonly seed?: number | undefined;
}

export async function run({ seconds, seed }: Size): Promise<Measured> {
  const random = seeded(seed);
  await warmUp();
  const before = census();
  const pool = new ProcessPool({ processes: PROCESSES });
  const worker = new Pid();
  worker.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });
  let asked = 0;
  let answered = 0;
  let failed = 0;
  let rejected = 0;
  const killer = killRandomly(pool, random, KILL_EVERY_MS);
  const until = performance.now() + seconds * 1000;
  const streams = Array.from({ length: 4 }, async () => {
    while (performance.now() < until) {
      asked += 64;
      try {
        const responses = await pool.map(worker, Array(64).fill(JOB_MS));
        answered += responses.length;
        failed += responses.filter((response) => !response.ok).length;
      } catch (error) {
        rejected += 64;
        console.error(error);
      }
    }
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { kills, lastAt } = await killer.stop();
  await Promise.all(streams);
  const healthy = await waitUntilHealthy(pool, worker);
  const healthyMs = performance.now() - lastAt;
  if (!healthy) console.error('not every process answers, half a minute after the last kill');
  await pool.close();
  const left = await leftSince(before);
  const unsettled = asked - answered - rejected;
  return {
    seed: random.seed,
    seconds,
    kills,
    asked,
    answered,
    failed,
    rejected,
    unsettled,
    healthyMs: Math.round(healthyMs),
    left,
    ok: healthy && unsettled === 0 && rejected === 0 && failed === 0 && healthyMs <= 2_000 && isNothing(left),
  };
}

/** Healthy: as many processes as wanted, each of which has answered. */
async function waitUntilHealthy(pool: ProcessPool, worker: Pid): Promise<boolean> {
  const giveUpAt = performance.now() + 30_000;
  while (performance.now() < giveUpAt) {
    const responses = await pool.map(worker, Array(4 * PROCESSES).fill(5));
    const pids = new Set(responses.map((response) => response.body));
    if (responses.every((response) => response.ok) && pids.size === PROCESSES) return true;
  }
  return false;
}
