// Shows in a second what takes a minute: a timer of exactly one minute is due sixty times sooner.
const MINUTE_MS = 60_000;
const { setTimeout: usual } = globalThis;
globalThis.setTimeout = (action, ms, ...rest) => usual(action, ms === MINUTE_MS ? ms / 60 : ms, ...rest);

const { ProcessPool } = await import('mproc-worker');
const { Echo } = await import('../../chaos/jobs.worker.mjs');

const pool = new ProcessPool({ processes: 1, execArgv: ['--require', process.argv[2]] });
const outcome = await pool.run(new Echo(), 'answered').then(
  ({ body }) => ({ body }),
  ({ code, message }) => ({ code, message }),
);
console.log(JSON.stringify({ ...outcome, spawned: pool.stats().spawned }));
await pool.destroy();
