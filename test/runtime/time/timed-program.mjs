// Does everything that takes a certain time, and tells how long each took on the clock that nobody can set.
import { fileURLToPath } from 'node:url';
import { ProcessPool, RetryStrategy, SharedMemoryQueue } from 'mproc-worker';
import { Pid, Spin } from '../../chaos/jobs.worker.mjs';

const CLOCK = fileURLToPath(new URL('./jumping-clock.mjs', import.meta.url));
const tookMs = {};

async function measure(name, action) {
  const began = performance.now();
  const outcome = await action();
  tookMs[name] = { ms: performance.now() - began, outcome };
}

const jumps = new Set();
const looking = setInterval(
  () => jumps.add(Math.round((Date.now() - performance.timeOrigin) / 3_600_000)),
  10,
);

const pool = new ProcessPool({
  processes: 2,
  killTimeoutMs: 100,
  execArgv: ['--import', CLOCK],
  idleTimeoutMs: 600,
});
await pool.map(new Pid(), [1, 1, 1, 1]);
await measure('timeoutMs of 500', async () => {
  const { error, attempts } = await pool.run(new Spin(), 0, { timeoutMs: 500 });
  return [error.code, attempts[0].runMs >= 500 && attempts[0].queuedMs >= 0];
});
await measure('a retry 300 ms later', async () => {
  const worker = new Spin();
  worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'later', backoff: { delayMs: 300 } });
  const { attempts } = await pool.run(worker, 0, { timeoutMs: 200 });
  return attempts.length;
});
// Whichever process runs this is idle from here on; the others may have been for a while.
await pool.run(new Pid(), 0);
await measure('idleTimeoutMs of 600', async () => {
  while (pool.stats().processes > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});
await pool.close();

const queue = SharedMemoryQueue.open(`clock-${process.pid}`, { leaseMs: 1_500 });
await queue.put(['delayed'], { delayMs: 300 });
await measure('a value delayed by 300 ms', async () => {
  const [lease] = await queue.reserve(1, { waitMs: 240_000 });
  return lease.value;
});
await measure('a lease of 1,500 ms that ends', async () => {
  const [lease] = await queue.reserve(1, { waitMs: 240_000 });
  return [lease.attempt, ...(await queue.extend([lease], 2_000))];
});
await measure('one that was extended by 2,000 ms', async () => {
  const [lease] = await queue.reserve(1, { waitMs: 240_000 });
  return [lease.attempt, ...(await queue.ack([lease]))];
});
await queue.destroy();
clearInterval(looking);
console.log(JSON.stringify({ tookMs, jumps: jumps.size }));
