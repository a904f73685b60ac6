import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { Echo } from '../jobs.worker.mjs';
import { census, warmUp } from '../leftovers.mjs';

export const goal =
  'a child that dies at any failpoint of the pool loses no response and leaves nothing behind';
export const sizes = {
  smoke: { rounds: 1, deaths: 1 },
  reduced: { rounds: 1, deaths: 4 },
  full: { rounds: 500, deaths: 1 },
};

const PRELOAD = fileURLToPath(new URL('../programs/first-child-only.mjs', import.meta.url));
const DEATHS = ['SIGKILL', 'SIGSEGV', 'abort', 'exit(0)', 'exit(7)'];
const POINTS = [
  'pool.booting',
  'pool.serving',
  'pool.idle',
  'pool.before-take',
  'pool.taken',
  'pool.loading',
  'pool.in-job',
  'pool.after-job',
  'pool.result-written',
  'pool.result-published',
  'pool.parcel-sent',
  'pool.notice',
];
const JOBS = 24;
const TURNS = 500;
const HUNG_AFTER_MS = 60_000;

/** Hears of retries in the process that runs the job, so that notices are sent. */
export class Noticed extends Echo {
  static module = import.meta.url;
  static listeners = { 'job.event.retry': () => {} };
  process(value) {
    if (this.attempt === 1 && value.number % 4 === 0) throw new Error('again');
    return value;
  }
}

export async function run({ rounds, deaths }) {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-g3-'));
  await warmUp();
  const before = census();
  const problems = [];
  let runs = 0;
  for (let round = 0; round < rounds; round += 1)
    for (const point of POINTS)
      for (let at = 0; at < deaths; at += 1) {
        const death = DEATHS[(round + at) % DEATHS.length];
        const problem = await dieAt(point, death, folder);
        runs += 1;
        if (problem !== undefined) problems.push(`${point} by ${death}: ${problem}`);
      }
  rmSync(folder, { recursive: true });
  const after = census();
  const left = {
    children: after.children - before.children,
    zombies: after.zombies - before.zombies,
    segments: after.segments - before.segments,
    descriptors: Math.max(0, after.descriptors - before.descriptors),
  };
  return {
    failpoints: POINTS.length,
    runs,
    failed: problems.length,
    problems: problems.slice(0, 10),
    left,
    ok: problems.length === 0 && Object.values(left).every((count) => count === 0),
  };
}

async function dieAt(point, death, folder) {
  const marker = join(folder, 'marker');
  writeFileSync(marker, '');
  const env = { ...process.env, MPROC_FAILPOINT: `${point}:${death}`, MPROC_TEST_MARKER: marker };
  const pool = new ProcessPool({ processes: 2, execArgv: ['--import', PRELOAD], env });
  let died = 0;
  pool.on('exit', () => {
    died += 1;
  });
  const worker = new Noticed();
  worker.retryStrategy = new RetryStrategy({ maxRetries: 3 });
  const size = point === 'pool.parcel-sent' ? 600_000 : 10;
  const inputs = Array.from({ length: JOBS }, (_, number) => ({ number, bytes: Buffer.alloc(size, number) }));
  let timer;
  const hung = new Promise((resolve) => {
    timer = setTimeout(() => resolve('hung'), HUNG_AFTER_MS);
  });
  try {
    // The one that is to die may get no job while the other does all: there are jobs until it has had its turn.
    for (let turn = 0; died === 0 && turn < TURNS; turn += 1) {
      const responses = await Promise.race([pool.map(worker, inputs), hung]);
      if (responses === 'hung') return 'hung';
      const problem = problemOf(responses, size);
      if (problem !== undefined) return problem;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (died === 0) return 'nobody died';
    const again = await Promise.race([pool.map(worker, inputs.slice(0, 3)), hung]);
    if (again === 'hung' || again.some((response) => !response.ok)) return 'not healthy afterwards';
    return undefined;
  } catch (error) {
    return `rejected: ${error.message}`;
  } finally {
    clearTimeout(timer);
    await pool.destroy();
  }
}

function problemOf(responses, size) {
  if (responses.length !== JOBS) return `${responses.length} responses`;
  const wrong = responses.findIndex(
    (response, index) =>
      !response.ok || response.body.number !== index || response.body.bytes.length !== size,
  );
  return wrong === -1 ? undefined : `response ${wrong}: ${responses[wrong].error?.message ?? 'wrong body'}`;
}
