// Run by spares.test.ts where the system refuses a process (see test/native/fail-call.c). Prints what became of jobs that end
// their process, and how often a process was tried to be made. Argument: how many such jobs, one after another; `slow`: the
// spare takes its time to start.
import { fileURLToPath } from 'node:url';
import { tries } from './counted-spawns.mjs';

const [deaths = '1', kind = ''] = process.argv.slice(2);

const { ProcessPool, RetryStrategy } = await import('mproc-worker');
const { Spare } = await import('./spare.worker.mjs');

const SLOW = fileURLToPath(new URL('./slow-spare-start.cjs', import.meta.url));
const QUIET_JOBS = 40;
const pool = new ProcessPool({
  processes: 1,
  spares: 1,
  ...(kind === 'slow' && { execArgv: ['--require', SLOW] }),
});
const worker = new Spare();
worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });

const outcomes = [];
for (let death = 0; death < Number(deaths); death += 1) {
  const response = await pool.run(worker, true);
  outcomes.push(response.ok ? 'ok' : response.error.code);
}
// Work goes on: whoever tries again does so while there is some.
const began = performance.now();
for (let job = 0; job < QUIET_JOBS || performance.now() - began < 1_000; job += 1)
  await pool.run(worker, false);
const { processes } = pool.stats();
await pool.destroy();
console.log(JSON.stringify({ outcomes, tries, processes }));
