import { ours } from '../peers/ours.js';

const pool = ours.open({ processes: 2, job: 'sum' });
await pool.map(Array.from({ length: 1_000 }, (_, i) => [i]));
process.once('message', async () => {
  await pool.close();
  process.disconnect();
});
process.send!(pool.pool.stats().pids);
