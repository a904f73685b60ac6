// Jobs that go before others, begin later, expire while they wait, or are asked for twice and run once.
import { ProcessPool } from 'mproc-worker';
import { report } from './report.ts';

await using pool = new ProcessPool({ processes: 1 });
const began = (name: string) => (response: { ok: boolean }) =>
  console.log(name, response.ok ? 'done' : 'failed');

// All of them wait for the one process.
await pool.run(report, 'the process, which has to start');
await Promise.all([
  pool.run(report, 'first'),
  pool.run(report, 'night', { priority: -1 }).then(began('night')),
  pool.run(report, 'usual').then(began('usual')),
  pool.run(report, 'urgent', { priority: 10 }).then(began('urgent')),
]);

const late = await Promise.all([
  pool.run(report, 'long'),
  pool.run(report, 'for a client that waits 20 ms', { expiresAfterMs: 20 }),
]);
console.log(late[1].error?.code);

// Two clients ask for the same report.
const both = await Promise.all([
  pool.run(report, 'May', { dedupeKey: 'May' }),
  pool.run(report, 'May', { dedupeKey: 'May' }),
]);
console.log(
  both.map(({ body }) => body),
  'by one job:',
  both[0].attempts[0]?.runMs === both[1].attempts[0]?.runMs,
);

const from = Date.now();
await pool.run(report, 'later', { delayMs: 500 });
console.log('half a second later:', Date.now() - from >= 500);
