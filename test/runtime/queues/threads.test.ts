import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { filesOf } from './queue-inside.js';

const program = new URL('./opening-thread.mjs', import.meta.url);
const LARGE = 'x'.repeat(300_000);

/** Each opens the queue of that name at once with the others, or one of its own, and puts its value. */
async function putByThreads(name: string | undefined, values: readonly string[]): Promise<string[]> {
  const arrivals = new Int32Array(new SharedArrayBuffer(4));
  const threads = values.map(
    (value) => new Worker(program, { workerData: { name, value, arrivals, threads: values.length } }),
  );
  const problems = await Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0]));
  await Promise.all(threads.map((thread) => thread.terminate()));
  return problems as string[];
}

test('of threads of one process that make a queue at once all get the same one', async () => {
  const values = ['a', 'b', 'c', 'd'];
  for (let round = 0; round < 8; round += 1) {
    const name = `threads-${process.pid}-${round}`;
    expect(await putByThreads(name, values)).toEqual(['', '', '', '']);
    const queue = new SharedMemoryQueue<string>(name);
    try {
      expect((await queue.getAll()).sort()).toEqual(values);
      expect(filesOf(name)).toEqual([`mproc-q-${name}`]);
    } finally {
      await queue.destroy();
    }
  }
});

test('a private queue of a thread that ends takes no value of another thread along', async () => {
  await using queue = new SharedMemoryQueue<string>(undefined, { memoryBytes: 1_048_576 });
  await queue.put(LARGE);
  expect(await putByThreads(undefined, [LARGE, LARGE])).toEqual(['', '']);
  expect(await queue.getAll()).toEqual([LARGE]);
});
