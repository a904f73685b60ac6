// A program that others look at: makes pools and gives them jobs as its first argument says, and tells when they run.

import { isMainThread, Worker as Thread, workerData } from 'node:worker_threads';
import { ProcessPool } from 'mproc-worker';
import { Busy } from './looked-at.worker.mjs';

const plan = isMainThread ? JSON.parse(process.argv[2]) : workerData;
if (isMainThread && plan.inThread) new Thread(new URL(import.meta.url), { workerData: plan });
else await run();

async function run() {
  const jobIds = [];
  for (let count = 0; count < (plan.pools ?? 1); count += 1) {
    const pool = new ProcessPool({ processes: 1, ...plan.options });
    if (plan.first) await pool.map(new Busy(), plan.first);
    for (const job of plan.jobs ?? []) {
      const running = pool.run(new Busy(), job);
      jobIds.push(running.jobId);
      running.catch(() => {});
    }
    if (plan.map) pool.map(new Busy(), plan.map).catch(() => {});
  }
  // Before its next turn the program has not given its jobs to any process.
  if (plan.settleMs !== -1) await new Promise((resolve) => setTimeout(resolve, plan.settleMs ?? 0));
  console.log(JSON.stringify(jobIds));
  if (plan.blockMs) {
    const end = Date.now() + plan.blockMs;
    while (Date.now() < end);
  }
  process.on('SIGUSR2', () => process.exit());
  setInterval(() => {}, 1_000);
}
