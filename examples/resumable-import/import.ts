// The import itself: run it again after it was killed, and it goes on. Arguments: the file to write, and a prefix of its queues.
import { ProcessPool, type QueueFactory, sharedMemoryQueue } from 'mproc-worker';
import { importRow } from './import-row.ts';

const ROWS = 300;
const [file = '', prefix = ''] = process.argv.slice(2);
const sharedMemory = sharedMemoryQueue();
// Over several machines, a factory that `create-mproc-worker add queue Imports --engine postgres` writes.
const queues: QueueFactory = (name, options) => sharedMemory(`${prefix}.${name}`, options);

await using pool = new ProcessPool({ processes: 2, queues });
const rows = Array.from({ length: ROWS }, (_, row) => ({ file, row }));
const responses = await pool.map(importRow, rows, {
  batch: 'rows',
  onProgress: ({ done }) => process.send?.(done),
});
console.log(
  'rows:',
  responses.length,
  'in order:',
  responses.every(({ body }, row) => body === row),
);
