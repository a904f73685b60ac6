// A thread that has a pool, a queue, a shared array and a large value under way, and ends as it is told.
import { parentPort, workerData } from 'node:worker_threads';
import { ProcessPool, SharedArray, SharedMemoryQueue } from 'mproc-worker';
import { Echo, Spin } from '../../chaos/jobs.worker.mjs';

const LARGE_BYTES = 4 * 1024 * 1024;

const pool = new ProcessPool({ processes: 2 });
await pool.run(new Echo(), Buffer.alloc(LARGE_BYTES));
const queue = new SharedMemoryQueue(undefined, { memoryBytes: 1024 * 1024 });
const array = SharedArray.allocate('Float64Array', 100_000);
if (workerData === 'closes') {
  array.close();
  await queue.close();
  await pool.close();
} else {
  const spinning = [pool.run(new Spin(), 0), pool.run(new Spin(), 0)];
  for (const job of spinning) job.catch(() => {});
}
parentPort.postMessage('ready');
// Until it is terminated.
if (workerData === 'terminated') setInterval(() => {}, 1_000);
if (workerData === 'exits') setTimeout(() => process.exit(0), 50);
