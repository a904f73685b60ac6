// Run by major-collections.test.ts: many calls, one after another, and how often V8 had to clean up all of its memory meanwhile.
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { ProcessPool } from 'mproc-worker';
import { Echo } from '../../chaos/jobs.worker.mjs';

const CALLS = 2_000;
const inputs = Array.from({ length: 500 }, (_, index) => index);
const worker = new Echo();
const WAYS = {
  map: (pool) => pool.map(worker, inputs),
  'map with a time limit': (pool) => pool.map(worker, inputs, { timeoutMs: 60_000 }),
  imap: (pool) => read(pool.imap(worker, inputs)),
  imapUnordered: (pool) => read(pool.imapUnordered(worker, inputs)),
  run: (pool) =>
    Promise.all(inputs.slice(0, 100).map((input) => pool.run(worker, input, { timeoutMs: 60_000 }))),
};

async function read(responses) {
  for await (const { ok } of responses) if (!ok) throw new Error('a job has failed');
}

let major = 0;
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major += 1;
});
observer.observe({ entryTypes: ['gc'] });

const pool = new ProcessPool({ processes: 2 });
const call = WAYS[process.argv[2]];
for (let done = 0; done < 100; done += 1) await call(pool);
major = 0;
for (let done = 0; done < CALLS; done += 1) await call(pool);
await new Promise((resolve) => setTimeout(resolve, 20));
await pool.close();
console.log(JSON.stringify({ major }));
