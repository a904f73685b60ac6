// short-start-limit.mjs <required> [processes] [ms] [times]: shows in a moment what takes a minute, or so many milliseconds:
// a timer of exactly that is due sixty times sooner, each or the first so many.
import timers from 'node:timers';

const [, , required, processes = '1', limitMs = '60000', times = 'Infinity'] = process.argv;
const { setTimeout: usual } = timers;
let shortened = 0;
// Of that name, as the library takes no fake for a timer.
timers.setTimeout = function setTimeout(action, ms, ...rest) {
  if (ms !== Number(limitMs) || shortened === Number(times)) return usual(action, ms, ...rest);
  shortened += 1;
  return usual(action, ms / 60, ...rest);
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
