// Jobs by the clock: a cron expression in a time zone, and an interval whose next job waits for the one before.
import { once } from 'node:events';
import { ProcessPool } from 'mproc-worker';
import { report } from './report.ts';

await using pool = new ProcessPool({ processes: 1 });

await pool.schedule('nightly', { cron: '30 3 * * *', timeZone: 'Europe/Berlin' }, report, 'nightly');
await pool.schedule('often', { everyMs: 200, overlap: 'queue' }, report, 'frequent');
for (const { name, cron, everyMs, overlap } of pool.schedules()) console.log(name, cron ?? everyMs, overlap);

for (let count = 1; count <= 3; count += 1) {
  const [response] = await once(pool, 'response');
  console.log(count, response.body);
}
console.log('unscheduled:', pool.unschedule('often'));
