// Has a pool that always has a few jobs, until it is killed.
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';
import { Fails } from '../replay/fails.worker.mjs';

const pool = new ProcessPool(2);
await pool.run(new Fails(), { how: 'well' });
console.log('ready');
for (;;) {
  await pool.map(new Fails(), [{ how: 'well' }, { how: 'well' }, { name: 'x' }]);
  await delay(5);
}
