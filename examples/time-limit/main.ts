// A job that never comes to an end is stopped, although it never gives way to anything else in its process.
import { ProcessPool } from 'mproc-worker';
import { Countdown } from './countdown.worker.ts';

await using pool = new ProcessPool({ processes: 2, timeoutMs: 2_000 });

for (const response of await pool.map(new Countdown(), [10, -1, 1_000])) {
  if (response.ok) console.log(response.body);
  else console.log(response.error.code);
}
