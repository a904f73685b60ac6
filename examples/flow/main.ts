// Jobs after others: a tree of jobs over SQLite, each with what those before it have returned, and a failure that names its cause.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnsweredJob, ProcessPool } from 'mproc-worker';
import { bind, page } from './book.ts';

const folder = mkdtempSync(join(tmpdir(), 'mproc-flow-'));
process.env.QUEUES_FOLDER = folder;
// What `npx create-mproc-worker add queue Orders --engine sqlite` writes.
const { ordersQueue } = await import('./orders.queue.ts');

const pool = new ProcessPool({ processes: 2, queues: ordersQueue, keep: { ok: '1 h', failed: '1 h' } });
const stop = new AbortController();
const working = pool.work([page, bind], { signal: stop.signal });

async function answerOf(jobId: string): Promise<AnsweredJob> {
  for (;;) {
    const [job] = await pool.history({ jobIds: [jobId] });
    if (job !== undefined) return job;
    await sleep(20);
  }
}

// The pages come before the book, on whichever host.
const book = await pool.flow({
  worker: bind,
  args: 'Tea',
  after: [1, 2, 3].map((number) => ({ worker: page, args: number })),
});
console.log((await answerOf(book.jobId)).body);

// The same, one job at a time.
const missing = await pool.submit(page, -1);
const thin = await pool.submit(bind, 'Rice', { after: [missing] });
const { state, error } = await answerOf(thin);
console.log(state, error?.code, (error?.cause as Error | undefined)?.message);

// Or it sees what has failed, and goes on.
const odd = await pool.submit(bind, 'Salt', {
  after: [missing, await pool.submit(page, 9)],
  afterFailed: 'run',
});
console.log((await answerOf(odd)).body);

stop.abort();
await working;
await pool.close();
rmSync(folder, { recursive: true });
