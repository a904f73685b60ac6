// A pool with nothing to do: how often do its processes wake up, beyond what Node.js does of itself?
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sleepsOf } from './measure/process-facts.mjs';
import { result } from './measure/result.mjs';
import { median, rowsOf } from './measure/rounds.mjs';
import { roundsOf } from './measure/size.mjs';

const WATCHED_MS = 10_000;
/** Eight seconds after its last work V8 tidies its memory up, here and there alike. */
const SETTLING_MS = 12_000;
const HOLDERS = { pool: './jobs/idle-pool.mjs', 'the same number of bare forks': './jobs/idle-forks.mjs' };

export async function run(options) {
  const milliseconds = Math.max(200, WATCHED_MS * Math.min(1, options.scale ?? 1));
  const values = Object.fromEntries(Object.keys(HOLDERS).map((name) => [name, []]));
  for (let round = 0; round < roundsOf(options, 2); round += 1) await watch(values, milliseconds);
  const rows = rowsOf(values, 'wake-ups/s');
  const [pool, bare] = Object.values(values).map(median);
  const ratio = Number.isNaN(pool) ? null : Math.max(0, pool - bare);
  return result('idle', {
    goals: [{ against: 'wake-ups a second beyond bare forks', ratio, goal: 0.1, sense: 'at most' }],
    rows,
    notes: ['0.1 is one wake-up of one of three processes in ten seconds'],
  });
}

/** Both kinds at the same time: what disturbs one disturbs the other. */
async function watch(values, milliseconds) {
  const holders = await Promise.all(Object.values(HOLDERS).map(start));
  await setTimeout((SETTLING_MS * milliseconds) / WATCHED_MS);
  const before = holders.map(({ pids }) => sleepsOfAll(pids));
  await setTimeout(milliseconds);
  const after = holders.map(({ pids }) => sleepsOfAll(pids));
  Object.keys(values).forEach((name, at) => {
    values[name].push(((after[at] - before[at]) * 1000) / milliseconds);
  });
  await Promise.all(holders.map(({ stop }) => stop()));
}

function sleepsOfAll(pids) {
  return pids.reduce((sum, pid) => sum + (sleepsOf(pid) ?? Number.NaN), 0);
}

/** A process that has children and nothing to do; watched from here, so that watching wakes none of them. */
async function start(file) {
  const parent = fork(fileURLToPath(new URL(file, import.meta.url)));
  const [children] = await once(parent, 'message');
  const stop = async () => {
    const exit = once(parent, 'exit');
    parent.send('stop');
    await exit;
  };
  return { pids: [parent.pid, ...children], stop };
}
