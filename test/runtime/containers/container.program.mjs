// container.program.mjs [count] [MiB]: what a pool, arrays and queues do with the shared memory that there is here.
import { statfsSync } from 'node:fs';
import { ProcessPool, SharedArray, SharedMemoryQueue } from 'mproc-worker';
import { Echo, Large } from '../../chaos/jobs.worker.mjs';

const MIB = 2 ** 20;
const count = Number(process.argv[2] ?? 3);
const lengthBytes = Number(process.argv[3] ?? 6) * MIB;
const told = {};

async function attempt(name, action) {
  try {
    told[name] = await action();
  } catch ({ code, message }) {
    told[name] = { code, message };
  }
}

const outcome = ({ ok, error }) => (ok ? 'done' : { code: error.code, message: error.message });
const all = (responses) =>
  responses.every(({ ok }) => ok) ? 'done' : outcome(responses.find(({ ok }) => !ok));

await attempt('pool', async () => {
  const pool = new ProcessPool({ processes: 2 });
  try {
    await attempt('arguments', async () => {
      const values = Array.from({ length: count }, (_, at) => Buffer.alloc(lengthBytes, at + 1));
      const responses = await pool.map(new Echo(), values);
      const wrong = responses.findIndex(({ ok, body }, at) => ok && !values[at].equals(body));
      return wrong === -1 ? all(responses) : `value ${wrong} came back as another`;
    });
    await attempt('results', async () =>
      all(await pool.map(new Large(), Array(count).fill({ what: 'bytes', lengthBytes }))),
    );
    await attempt('state', async () =>
      outcome(await pool.run(Object.assign(new Echo(), { state: Buffer.alloc(lengthBytes) }), 1)),
    );
    told.processes = pool.stats().spawned;
  } finally {
    await pool.destroy();
  }
  return 'done';
});
await attempt('private queue', async () => {
  const queue = new SharedMemoryQueue(undefined, { memoryBytes: MIB });
  await queue.put(['small']);
  const value = await queue.pop();
  await queue.destroy();
  return value;
});
await attempt('named queue', async () => {
  const queue = SharedMemoryQueue.open(`container-${process.pid}`, { memoryBytes: MIB });
  await queue.destroy();
  return 'done';
});
await attempt('value of a queue', async () => {
  const queue = SharedMemoryQueue.open(`container-${process.pid}`, { memoryBytes: MIB });
  try {
    await queue.put([Buffer.alloc(80 * MIB)]);
    return 'done';
  } finally {
    await queue.destroy();
  }
});
try {
  const { blocks, bfree, bsize } = statfsSync('/dev/shm');
  told.usedBytes = (blocks - bfree) * bsize;
} catch {
  // There is none.
}
// Its memory stays as long as its values are used.
await attempt('array', async () => {
  const array = SharedArray.allocate('Uint8Array', lengthBytes);
  array.values[lengthBytes - 1] = 7;
  const pool = new ProcessPool({ processes: 1 });
  const { body } = await pool.run(new Echo(), array);
  await pool.destroy();
  const last = body.values[lengthBytes - 1];
  array.close();
  return last === 7 ? 'done' : last;
});
console.log(JSON.stringify(told));
