// Runs where /dev/shm is a small file system of its own, and tells what became of what does not fit.
import { setTimeout as delay } from 'node:timers/promises';
import { type MprocError, ProcessPool, RetryStrategy, SharedArray, SharedMemoryQueue } from 'mproc-worker';
import { Echo, Large } from '../jobs.worker.mjs';
import { census } from '../leftovers.js';

const MIB = 1024 * 1024;
const outcomes: Record<string, string> = {};
async function attempt(name: string, action: () => unknown): Promise<void> {
  try {
    outcomes[name] = String((await action()) ?? 'done');
  } catch (error) {
    outcomes[name] = (error as Partial<MprocError>).code ?? String(error);
  }
}

await attempt('a pool of 16 MiB', () => new ProcessPool({ processes: 4, memoryBytes: 16 * MIB }).destroy());
await attempt('a pool that was refused, soon after', async () => {
  for (let looks = 0; census().children > 0 && looks < 100; looks += 1) await delay(10);
  const { children, zombies, segments } = census();
  return `${children + zombies} processes, ${segments} segments`;
});
const pool = new ProcessPool({ processes: 1, memoryBytes: MIB });
await attempt(
  'arguments of 16 MiB',
  async () => (await pool.run(new Echo(), Buffer.alloc(16 * MIB))).error?.code,
);
await attempt(
  'arguments with a text of 16 MiB',
  async () => (await pool.run(new Echo(), { list: ['x'.repeat(16 * MIB)] })).error?.code,
);
for (const what of ['bytes', 'text', 'error', 'progress', 'state'])
  await attempt(`a job that makes ${what} of 16 MiB`, async () => {
    const worker = new Large();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    const { ok, error, attempts } = await pool.run(worker, { what, lengthBytes: 16 * MIB });
    return `${ok ? 'done' : (error.code ?? 'its own error')} after ${attempts.length}`;
  });
await attempt('a shared array of 16 MiB', () => SharedArray.allocate('Uint8Array', 16 * MIB).close());
await attempt('a state of 16 MiB', async () => {
  const worker = Object.assign(new Echo(), { state: Buffer.alloc(16 * MIB) });
  return (await pool.run(worker, 1)).error?.code;
});
await attempt('a job after them', async () =>
  (await pool.run(new Echo(), 7)).body === 7 ? 'done' : 'wrong',
);
await attempt('a map after them', async () =>
  (await pool.map(new Echo(), [1, 2, 3])).every(({ ok, body, index }) => ok && body === index + 1)
    ? `done in ${pool.stats().spawned} process`
    : 'wrong',
);
await attempt('a value of 16 MiB in a queue', async () => {
  const queue = SharedMemoryQueue.open('g11-small', { memoryBytes: MIB });
  try {
    await queue.put(['x'.repeat(16 * MIB)]);
  } finally {
    await queue.put(['small']);
    if ((await queue.pop()) !== 'small') console.error('the queue is not what it was');
    await queue.destroy();
  }
});
await attempt('a queue of 16 MiB', async () => {
  const queue = SharedMemoryQueue.open('g11', { memoryBytes: 16 * MIB });
  await queue.destroy();
});
await pool.destroy();
console.log(JSON.stringify(outcomes));
