// JavaScript: tests and figures start it many times, and it would start later with a loader.
// A parent that is to die: tells the pids of its children, then keeps them busy or not.
import { isMainThread, Worker as Thread } from 'node:worker_threads';
import { ProcessPool } from 'mproc-worker';
import { Spin, Wait } from '../jobs.worker.mjs';

const how = process.argv[2] ?? 'spin';

async function main() {
  const pool = new ProcessPool({ processes: Number(process.argv[3] ?? 2) });
  const tell = () => console.log(JSON.stringify(pool.stats().pids));
  if (how === 'booting' || how === 'idle') {
    if (how === 'idle') await new Promise((resolve) => setTimeout(resolve, 300));
    tell();
    setInterval(() => {}, 1 << 30);
    return;
  }
  const { processes } = pool.stats();
  let running = 0;
  const worker = how === 'wait' ? new Wait() : new Spin();
  worker.addListener('job.event.running', () => {
    running += 1;
    if (running === processes) tell();
  });
  await pool.map(worker, Array(processes).fill(0));
}

if (how.startsWith('thread') && isMainThread) {
  const thread = new Thread(new URL(import.meta.url), { argv: process.argv.slice(2) });
  if (how === 'thread-that-ends') {
    process.once('SIGUSR2', () => void thread.terminate());
    setInterval(() => {}, 1 << 30);
  }
} else await main();
