// One caller: makes calls at random until its stdin ends, aborts some, cancels jobs of its own and of others, and writes down
// what it asked for and what it was told.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MprocError, ProcessPool, type SubmittedJob } from 'mproc-worker';
import { seeded } from '../seeded.js';
import type { Fact } from './law.js';
import { queues } from './queues.js';
import { Timed } from './timed.worker.mjs';

const { SEED, FIRST, JOURNAL = '', LOG = '', IDS = '', LEASE_MS } = process.env;
const random = seeded(Number(SEED));
const pool = new ProcessPool({ processes: 0, queues, leaseMs: Number(LEASE_MS), maxAttempts: 1_000 });
const timed = Object.assign(new Timed(), { journal: JOURNAL });
/** Calls that are under way at once. */
const SIDE_BY_SIDE = 3;
/** Jobs that take so long can be met by who cancels them. */
const WORTH_CANCELING_MS = 200;

let next = Number(FIRST);
let isStopping = false;
process.stdin.on('end', () => {
  isStopping = true;
});
process.stdin.resume();

const log = (fact: Fact): void => appendFileSync(LOG, `${JSON.stringify({ ...fact, at: Date.now() })}\n`);

interface Job {
  readonly n: number;
  readonly ms: number;
}

function drawJob(): Job {
  const kind = random.next();
  const ms =
    kind < 0.7 ? 1 + random.below(20) : kind < 0.94 ? 20 + random.below(480) : 500 + random.below(4_500);
  return { n: next++, ms };
}

function share(jobId: string, { n, ms }: Job): void {
  if (ms >= WORTH_CANCELING_MS) appendFileSync(IDS, `${jobId} ${n}\n`);
}

async function cancel(jobId: string, n: number): Promise<void> {
  log({ canceling: n });
  try {
    log({ canceled: n, ok: await pool.cancel(jobId) });
  } catch (error) {
    log({ canceled: n, ok: false, error: (error as MprocError).code });
  }
}

/** One that somebody has asked for, a moment ago. */
async function cancelAny(): Promise<void> {
  const lines = existsSync(IDS) ? readFileSync(IDS, 'utf8').trim().split('\n').slice(-10) : [];
  const [jobId = '', n] = (lines[random.below(lines.length)] ?? '').split(' ');
  if (n !== undefined) await cancel(jobId, Number(n));
}

async function map(): Promise<void> {
  const jobs = Array.from({ length: 1 + random.below(20) }, drawJob);
  const ns = jobs.map(({ n }) => n);
  const abort = new AbortController();
  const timer = random.next() < 0.15 ? setTimeout(() => abort.abort(), random.below(1_500)) : undefined;
  log({ asked: ns });
  try {
    const onSubmit = ({ jobId, index }: SubmittedJob): void => share(jobId, jobs[index]!);
    const responses = await pool.map(timed, jobs, { signal: abort.signal, onSubmit });
    log({ told: responses.map(({ body, error }, at) => [ns[at]!, body ?? error?.code ?? String(error)]) });
  } catch (error) {
    const { name, code, message } = error as MprocError;
    if (name === 'AbortError') log({ aborted: ns });
    else log({ failed: ns, error: `${code}: ${message}` });
  } finally {
    clearTimeout(timer);
  }
}

async function run(): Promise<void> {
  const job = drawJob();
  log({ asked: [job.n] });
  const running = pool.run(timed, job);
  share(running.jobId, job);
  const canceling =
    random.next() < 0.2 ? sleep(random.below(job.ms)).then(() => cancel(running.jobId, job.n)) : undefined;
  const { body, error } = await running;
  log({ told: [[job.n, body ?? error?.code ?? String(error)]] });
  await canceling;
}

async function submit(): Promise<void> {
  const job = drawJob();
  try {
    share(await pool.submit(timed, job), job);
    log({ submitted: job.n });
  } catch (error) {
    // While the server is away; nobody knows whether it has the job.
    log({ unsure: job.n, error: (error as MprocError).code });
    await sleep(100);
  }
}

async function callOn(): Promise<void> {
  while (!isStopping) {
    const kind = random.next();
    await (kind < 0.45 ? map() : kind < 0.75 ? run() : kind < 0.9 ? submit() : cancelAny());
  }
}

await Promise.all(Array.from({ length: SIDE_BY_SIDE }, callOn));
await pool.close();
log({ closed: true });
