// Runs where /dev/shm is a small file system of its own: everything that does not fit must be a typed error.
import { ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { Echo } from '../jobs.worker.mjs';

const MIB = 1024 * 1024;
const outcomes = {};
async function attempt(name, action) {
  try {
    outcomes[name] = (await action()) ?? 'done';
  } catch (error) {
    outcomes[name] = error.code ?? String(error);
  }
}

await attempt('a pool of 16 MiB', () => new ProcessPool({ processes: 1 }).destroy());
const pool = new ProcessPool({ processes: 1, memoryBytes: MIB });
await attempt(
  'arguments of 16 MiB',
  async () => (await pool.run(new Echo(), Buffer.alloc(16 * MIB))).error?.code,
);
await attempt('a state of 16 MiB', async () => {
  const worker = Object.assign(new Echo(), { state: Buffer.alloc(16 * MIB) });
  return (await pool.run(worker, 1)).error?.code;
});
await attempt('a job after them', async () =>
  (await pool.run(new Echo(), 7)).body === 7 ? 'done' : 'wrong',
);
await attempt('a queue of 16 MiB', async () => {
  const queue = SharedMemoryQueue.open('g11', { memoryBytes: 16 * MIB });
  await queue.destroy();
});
await pool.destroy();
console.log(JSON.stringify(outcomes));
