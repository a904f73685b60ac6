import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { Booked } from '../jobs.worker.mjs';
import { census, isNothing, leftSince, warmUp } from '../leftovers.js';
import { seeded } from '../seeded.js';
import { jobsBetweenKills, killRandomly } from './killing.js';
import { killAmongQuickJobs } from './quick-jobs.js';

export const goal =
  'every job succeeds with one response in order, no job runs twice at once, nothing is left behind, also of jobs that take no time; at full size 100,000 jobs and 1,000 kills';
export const sizes = { smoke: { jobs: 500 }, reduced: { jobs: 5_000 }, full: { jobs: 100_000 } };

const KILL_EVERY_MS = 100;
/** On a machine that is too busy to do so many between two kills, the kills come as often as the jobs let them. */
const JOBS_BETWEEN_KILLS = 20;
/** Long enough that the jobs outlast the kills: 100 jobs of four children in the time between two kills. */
const JOB_MS = 4;

interface Size {
  readonly jobs: number;
  readonly seed?: number | undefined;
}

export async function run({ jobs, seed }: Size): Promise<Measured> {
  const random = seeded(seed);
  await warmUp();
  const before = census();
  const folder = mkdtempSync(join(tmpdir(), 'mproc-g1-'));
  const book = join(folder, 'book');
  writeFileSync(book, Buffer.alloc(8 * jobs));
  const worker = new Booked();
  worker.file = book;
  worker.jobMs = JOB_MS;
  worker.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });
  const began = performance.now();
  const pool = new ProcessPool({ processes: 4 });
  const { told, mayKill } = jobsBetweenKills(JOBS_BETWEEN_KILLS);
  const killer = killRandomly(pool, random, KILL_EVERY_MS, mayKill);
  const responses = await pool.map(
    worker,
    Array.from({ length: jobs }, (_, number) => number),
    { onProgress: told },
  );
  const { kills } = await killer.stop();
  const seconds = (performance.now() - began) / 1000;
  const { spawned } = pool.stats();
  await pool.close();
  const quick = await killAmongQuickJobs(jobs / 200, random);
  const entries = readFileSync(book);
  const unfinished = Array.from({ length: jobs }, (_, number) => entries.readInt32LE(8 * number + 4)).filter(
    (runs) => runs === 0,
  ).length;
  const reruns = Array.from({ length: jobs }, (_, number) => entries.readInt32LE(8 * number + 4)).filter(
    (runs) => runs > 1,
  ).length;
  const overlaps = existsSync(`${book}.problems`)
    ? readFileSync(`${book}.problems`, 'utf8').trim().split('\n').length
    : 0;
  rmSync(folder, { recursive: true });
  const succeeded = responses.filter((response) => response.ok).length;
  const inOrder = responses.every(
    (response, index) => response.index === index && response.body === index * 2,
  );
  const left = await leftSince(before);
  const enoughKills = kills >= jobs / 100 || seconds * 1000 < 2 * KILL_EVERY_MS;
  return {
    seed: random.seed,
    jobs,
    responses: responses.length,
    succeeded,
    inOrder,
    kills,
    spawned,
    ranAgainAfterTheirEnd: reruns,
    unfinished,
    overlaps,
    quick,
    left,
    seconds: round(seconds),
    ok:
      responses.length === jobs &&
      succeeded === jobs &&
      inOrder &&
      overlaps === 0 &&
      unfinished === 0 &&
      enoughKills &&
      quick.wrong + quick.neverRan + quick.overlaps === 0 &&
      isNothing(left),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
