// short-start-limit.mjs <required> [processes] [ms]: shows in a moment what takes a minute, or so many milliseconds: a timer
// of exactly that is due sixty times sooner.
import timers from 'node:timers';

const [, , required, processes = '1', limitMs = '60000'] = process.argv;
const { setTimeout: usual } = timers;
// Of that name, as the library takes no fake for a timer.
timers.setTimeout = function setTimeout(action, ms, ...rest) {
  return usual(action, ms === Number(limitMs) ? ms / 60 : ms, ...rest);
};

const { ProcessPool } = await import('mproc-worker');
const { Echo } = await import('../../chaos/jobs.worker.mjs');

const pool = new ProcessPool({ processes: Number(processes), execArgv: ['--require', required] });
const outcome = await pool.run(new Echo(), 'answered').then(
  ({ body }) => ({ body }),
  ({ code, message }) => ({ code, message }),
);
console.log(JSON.stringify({ ...outcome, spawned: pool.stats().spawned }));
await pool.destroy();
