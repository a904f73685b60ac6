// node stray-writes.mjs <seed> <mode> <words>: a pool of whose processes some write random words into its memory.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { type JobResponse, type Logger, ProcessPool, RetryStrategy } from 'mproc-worker';
import {
  CHILD_BLOCK,
  POOL_HEADER,
  SHARED_WORDS,
  SLOT_STATE,
} from '../../../runtime/src/pool/transport/layout.js';
import { type Layout, randomNumbers, Strays, Sum, sumOf } from './stray-writes.worker.mjs';

const [seedText, mode = '', wordsText] = process.argv.slice(2);
const seed = Number(seedText);
const words = Number(wordsText);
const random = randomNumbers(seed);
interface Job {
  readonly id: number;
  readonly text: string;
}
interface Answer {
  readonly id: number;
  readonly sum: number;
}

const JOBS_A_ROUND = 200;
const WORDS_A_JOB = mode === 'everything' ? 50 : 2_000;
const BURST = mode === 'everything' ? 1 : 100;
/** Of `everything` few words are written before the process is ended: so many processes stand for all. */
const MOST_STRAYS = mode === 'everything' ? Math.min(100, Math.ceil(words / 500)) : Number.POSITIVE_INFINITY;

const folder = mkdtempSync(join(tmpdir(), 'mproc-g13-'));
const book = join(folder, 'book');
writeFileSync(book, '');
const counts = {
  words: 0,
  strays: 0,
  jobs: 0,
  wrong: 0,
  wrongOfStrays: 0,
  failed: 0,
  processes: 0,
  corrupt: 0,
  crashed: 0,
  slowestMs: 0,
};
const problems: string[] = [];
/** Processes that have written where they should not: what they tell of their own jobs may be anything. */
const stray = new Set<number>();
const suspects: JobResponse<Answer>[] = [];

const layout = layoutOfPool();
const watch = watchThisThread();
const pool = new ProcessPool({ processes: 3, memoryBytes: 2 ** 21, logger: quiet() });
const sum = new Sum();
sum.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });

const stopped = { isOver: false };
const strays = sendStrays();
while (!stopped.isOver) await round(JOBS_A_ROUND);
await strays;
// Quiet again: all is as it was.
await round(JOBS_A_ROUND);
judgeSuspects();
await round(JOBS_A_ROUND);
if (suspects.length > 0) problems.push('the pool is not well when it is over');
judgeSuspects();
const { spawned, inMemory } = pool.stats();
counts.processes = spawned;
if (inMemory > 0) problems.push(`${inMemory} jobs are left in memory`);
await pool.close();
counts.slowestMs = await watch.stop();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ ...counts, problems: problems.slice(0, 5) }));
process.exit();

async function sendStrays(): Promise<void> {
  const worker = new Strays();
  while (counts.words < words && counts.strays < MOST_STRAYS) {
    const args = { seed: random(2 ** 32), mode, words: WORDS_A_JOB, burst: BURST, book, layout };
    const response = await pool.run(worker, args);
    counts.strays += 1;
    for (const { pid } of response.attempts) stray.add(pid);
    if (response.error?.code === 'ERR_PROCESS_CORRUPT') counts.corrupt += 1;
    else if (response.error?.code === 'ERR_PROCESS_CRASHED') counts.crashed += 1;
    if (response.body === 'no way') break;
    counts.words = statSync(book).size;
    process.stdout.write('.\n');
  }
  stopped.isOver = true;
}

async function round(jobs: number): Promise<void> {
  const args = Array.from({ length: jobs }, () => ({
    id: random(2 ** 31),
    text: 'x'.repeat(random(4) === 0 ? random(3_000) : random(20)),
  }));
  const responses = await pool.map(sum, args);
  counts.jobs += jobs;
  if (responses.length !== jobs) problems.push(`${responses.length} responses to ${jobs} jobs`);
  for (const [index, response] of responses.entries()) judge(args[index]!, response);
}

/** Responses that are not what they should be; whose they are is known when all strays have been heard of. */
function judge({ id, text }: Job, response: JobResponse<Answer>): void {
  if (response.ok && response.body?.id === id && response.body.sum === sumOf(id, text)) return;
  suspects.push(response);
}

function judgeSuspects(): void {
  for (const { ok, body, error, attempts } of suspects.splice(0)) {
    const { pid } = attempts.at(-1)!;
    if (stray.has(pid)) counts.wrongOfStrays += 1;
    else if (ok) counts.wrong += 1;
    else counts.failed += 1;
    if (!stray.has(pid)) problems.push(`process ${pid}: ${ok ? JSON.stringify(body) : error.message}`);
  }
}

/** Where what lies in the segment, for the job that writes there. */
function layoutOfPool(): Layout {
  const { slotCount, claimCount } = POOL_HEADER.word;
  return {
    header: { slotCount, claimCount },
    part: {
      sharedWords: SHARED_WORDS.lengthWords,
      stateWords: SLOT_STATE.lengthWords,
      blockWords: CHILD_BLOCK.lengthWords,
      pageWords: 1_024,
    },
  };
}

/** How long this thread was away at most, while another thread of the same process had its turns. */
function watchThisThread(): { stop(): Promise<number> } {
  const ticks = new Int32Array(new SharedArrayBuffer(8));
  const timer = setInterval(() => Atomics.add(ticks, 0, 1), 20);
  const code = `
    const { parentPort, workerData: ticks } = require('node:worker_threads');
    let seen = -1, away = 0, most = 0, before = performance.now();
    while (Atomics.load(ticks, 1) === 0) {
      Atomics.wait(ticks, 1, 0, 20);
      const now = performance.now();
      // What was lost to other programs is not counted.
      away += Math.min(now - before, 40);
      before = now;
      const tick = Atomics.load(ticks, 0);
      if (tick !== seen) away = 0;
      seen = tick;
      most = Math.max(most, away);
    }
    parentPort.postMessage(Math.round(most));`;
  const thread = new Thread(code, { eval: true, workerData: ticks });
  return {
    stop: () =>
      new Promise((resolve) => {
        thread.on('message', (most) => {
          clearInterval(timer);
          resolve(most);
        });
        Atomics.store(ticks, 1, 1);
        Atomics.notify(ticks, 1);
      }),
  };
}

function quiet(): Logger {
  return { debug() {}, info() {}, warn() {}, error() {} };
}
