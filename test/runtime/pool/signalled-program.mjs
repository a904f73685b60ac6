// A program whose pool ends by signals. Says `pids [...]` when jobs run, and how its call ended.
// Arguments: how its jobs end (`soon` or `never`), or `serve`; how many pools it has; for `serve`, where its queues are; `self` where it sends
// itself a signal.
import { JobEvent, ProcessPool, sharedMemoryQueue } from 'mproc-worker';
import { Pid, Spin } from '../../chaos/jobs.worker.mjs';

const [how = 'soon', pools = '1', space = '', from = ''] = process.argv.slice(2);
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Serves a queue that others fill. */
async function serve() {
  const queues = (name, options) => sharedMemoryQueue()(`${space}.${name}`, options);
  const pool = new ProcessPool({ processes: 2, signals: SIGNALS, queues });
  let answered = 0;
  pool.on('response', ({ ok }) => {
    answered += ok ? 1 : 0;
    if (answered === 4) console.log(`pids ${JSON.stringify(pool.stats().pids)}`);
  });
  await pool.work([Pid]);
  console.log(`ended ${JSON.stringify({ answered })}`);
}

async function call() {
  const pool = new ProcessPool({
    processes: 2,
    signals: SIGNALS,
    closeTimeoutMs: 20_000,
  });
  const worker = how === 'soon' ? new Pid() : new Spin();
  let running = 0;
  worker.addListener(JobEvent.Running, () => {
    running += 1;
    if (running !== 2) return;
    console.log(`pids ${JSON.stringify(pool.stats().pids)}`);
    if (from === 'self') process.kill(process.pid, 'SIGTERM');
  });
  const ended = { succeeded: 0, failed: 0 };
  pool.on('response', ({ ok }) => {
    ended[ok ? 'succeeded' : 'failed'] += 1;
  });
  try {
    const responses = await pool.map(worker, Array(50).fill(400));
    const rest = responses.filter(({ ok }) => !ok).map(({ error }) => error);
    const [{ code, message } = {}] = rest;
    ended.given = responses.filter(({ ok }) => ok).length;
    const kinds = new Set(rest.map((error) => error.code)).size;
    console.log(`ended ${JSON.stringify({ ...ended, answers: responses.length, code, message, kinds })}`);
  } catch (error) {
    console.log(`ended ${JSON.stringify({ ...ended, code: error.code, message: error.message })}`);
  }
}

await Promise.all(Array.from({ length: Number(pools) }, how === 'serve' ? serve : call));
