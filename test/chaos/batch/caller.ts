// Makes a call with a name, tells how far it is, and is killed while it does; the next one takes the call up again.
import { type JobResponse, ProcessPool, type QueueFactory } from 'mproc-worker';
import { Ledger } from './ledger.worker.mjs';

const { QUEUE_MODULE = '', QUEUE_EXPORT = '', LEDGER = '', JOBS, BATCH = '' } = process.env;
const { [QUEUE_EXPORT]: queues } = (await import(QUEUE_MODULE)) as Readonly<Record<string, QueueFactory>>;
if (queues === undefined) throw new Error(`${QUEUE_MODULE} does not export ${QUEUE_EXPORT}`);
// A lease that a busy machine can renew: what has lost it runs twice.
const pool = new ProcessPool({ processes: 2, queues, leaseMs: 5_000, maxAttempts: 100 });
const worker = new Ledger();
worker.file = LEDGER;
const responses = await pool.map(
  worker,
  Array.from({ length: Number(JOBS) }, (_, n) => n),
  { batch: BATCH, onProgress: ({ done }) => console.log(JSON.stringify({ done })) },
);
const isRight = (response: JobResponse<number>, n: number): boolean =>
  response.ok && response.body === n * n && response.index === n;
const right = responses.filter(isRight).length;
console.log(JSON.stringify({ responses: responses.length, right }));
await pool.close();
