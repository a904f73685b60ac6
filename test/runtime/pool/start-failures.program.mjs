// Run by start-failures.test.ts where the system refuses new processes. Calls a pool until it answers, and tells what calls
// were told, how often a process was tried to be made, with work and without, and what is left of it all.
// Argument: how many calls at most; `large` makes the environment too large.
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tries } from './counted-spawns.mjs';

const [most = '20', kind = ''] = process.argv.slice(2);

const { ProcessPool } = await import('mproc-worker');
const { Echo } = await import('../../chaos/jobs.worker.mjs');

const descriptors = () =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return 'gone';
      }
    })
    .filter((path) => path.startsWith('socket:') || path.startsWith('pipe:') || path.includes('/dev/shm'));
const before = descriptors();

const env = kind === 'large' ? { ...process.env, LARGE: 'x'.repeat(200_000) } : process.env;
const pool = new ProcessPool({ processes: 1, env });
await delay(500);
const triesBeforeWork = tries;
const told = [];
let slowestMs = 0;
for (let call = 0; call < Number(most) && told.at(-1) !== 'ok'; call += 1) {
  const began = performance.now();
  told.push(
    await pool.run(new Echo(), call).then(
      ({ ok }) => (ok ? 'ok' : 'failed'),
      ({ code, message }) => `${code}: ${message}`,
    ),
  );
  slowestMs = Math.max(slowestMs, performance.now() - began);
}
const isWell = told.at(-1) === 'ok';
const triesWithWork = tries - triesBeforeWork;
await delay(2_500);
const triesWithoutWork = tries - triesBeforeWork - triesWithWork;
await pool.destroy();
const left = descriptors().length - before.length;
await delay(500);
const triesAfterwards = tries - triesBeforeWork - triesWithWork - triesWithoutWork;
console.log(
  JSON.stringify({
    told,
    isWell,
    triesBeforeWork,
    triesWithWork,
    triesWithoutWork,
    triesAfterwards,
    left,
    slowestMs,
  }),
);
