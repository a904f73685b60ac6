import { ProcessPool, RetryStrategy, SharedArray } from 'mproc-worker';
import type { Random } from '../fuzz/random.js';
import { Counted } from '../jobs.worker.mjs';
import { jobsBetweenKills, killRandomly } from './killing.js';

const JOBS = 20_000;
const KILL_EVERY_MS = 100;
const JOBS_BETWEEN_KILLS = 1_000;

interface QuickJobs {
  readonly jobs: number;
  readonly wrong: number;
  readonly neverRan: number;
  readonly ranAgain: number;
  readonly overlaps: number;
  readonly kills: number;
}

/** Jobs that take no time, many of which lie in one slot: calls of them are made until so many processes were killed. */
export async function killAmongQuickJobs(leastKills: number, random: Random): Promise<QuickJobs> {
  const numbers = Array.from({ length: JOBS }, (_, number) => number);
  const pool = new ProcessPool({ processes: 4 });
  const worker = new Counted();
  worker.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });
  const { told, mayKill } = jobsBetweenKills(JOBS_BETWEEN_KILLS);
  const killer = killRandomly(pool, random, KILL_EVERY_MS, mayKill);
  const found = { jobs: 0, wrong: 0, neverRan: 0, ranAgain: 0, overlaps: 0 };
  while (killer.kills < leastKills) {
    const book = SharedArray.allocate('Int32Array', 3 * JOBS);
    worker.book = book;
    const responses = await pool.map(worker, numbers, { onProgress: told });
    found.jobs += JOBS;
    for (const number of numbers) {
      const [runs = 0, overlaps = 0] = book.values.subarray(3 * number + 1, 3 * number + 3);
      const response = responses[number];
      if (!response?.ok || response.index !== number || response.body !== number * 2) found.wrong += 1;
      if (runs === 0) found.neverRan += 1;
      if (runs > 1) found.ranAgain += 1;
      found.overlaps += overlaps;
    }
    book.close();
  }
  const { kills } = await killer.stop();
  await pool.close();
  return { ...found, kills };
}
