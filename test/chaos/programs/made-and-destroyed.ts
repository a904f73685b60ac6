// Makes and destroys pools, or queues, and tells what is left after each eighth. Its flags keep the young generation of
// the heap small: else that grows into what it may have, page by page, and nothing could be seen beside it.
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool, SharedMemoryQueue } from 'mproc-worker';
import { Echo } from '../jobs.worker.mjs';
import { type Census, census } from '../leftovers.js';

const MIB = 1024 * 1024;
const PARTS = 8;
const [what = 'pools', rounds = '100'] = process.argv.slice(2);

/** Some are destroyed while they start, some after a job, some with one under way. */
async function pool(round: number): Promise<void> {
  const made = new ProcessPool({ processes: 1 });
  if (round % 3 === 1) await made.run(new Echo(), 'x');
  if (round % 3 === 2) made.run(new Echo(), Buffer.alloc(6 * MIB)).catch(() => {});
  await made.destroy();
}

/** Some are closed before, some are left with values, and with leases. */
async function queue(round: number): Promise<void> {
  const made = SharedMemoryQueue.open(`g10-${process.pid}`, { memoryBytes: MIB });
  await made.put([round, 'x'.repeat(1_000)]);
  if (round % 3 > 0) await made.ack(await made.reserve(round % 3));
  if (round % 2 === 1) await made.close();
  await made.destroy();
}

/** What is there at some time, and the memory of this process. */
export interface Look extends Census {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** What is kept, when all that is not has been collected. */
async function kept(): Promise<Look> {
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await delay(20);
  }
  const { heapUsed } = process.memoryUsage();
  return { ...census(), heapBytes: heapUsed, residentBytes: process.memoryUsage.rss() };
}

const once = what === 'queues' ? queue : pool;
for (let round = 0; round < 10; round += 1) await once(round);
const seen = [await kept()];
for (let part = 0; part < PARTS; part += 1) {
  for (let round = 0; round < Number(rounds) / PARTS; round += 1) await once(round);
  seen.push(await kept());
}
console.log(JSON.stringify(seen));
process.exit(0);
