// A program that makes a call with a name; the test kills it in the middle and runs it again.
import { ProcessPool } from 'mproc-worker';
import { Ledger } from './ledger.worker.js';
import { queuesOf } from './queues.js';

const [space = '', file = '', count = '0', pauseMs = '0'] = process.argv.slice(2);
const pool = new ProcessPool({ processes: 2, queues: queuesOf(space), leaseMs: 10_000 });
const worker = new Ledger();
worker.file = file;
worker.pauseMs = Number(pauseMs);
const numbers = Array.from({ length: Number(count) }, (_, n) => n);
const responses = await pool.map(worker, numbers, {
  batch: 'ledger',
  onProgress: ({ done }) => console.log(`done ${done}`),
});
console.log(
  JSON.stringify(responses.map((response) => (response.ok ? response.body : String(response.error)))),
);
await pool.close();
