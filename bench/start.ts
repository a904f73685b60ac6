// From nothing to four processes that each have a job in their hands, against four bare forks that say hello.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from 'mproc-worker';
import { Presence } from './jobs/presence.worker.mjs';
import { allPresent } from './jobs/ready.js';
import { TypedPresence } from './jobs/typed-presence.js';
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, median, rowsOf } from './measure/rounds.js';
import { roundsOf } from './measure/size.js';

const PROCESSES = 4;
const STRIPS = Boolean((process.features as { readonly typescript?: unknown }).typescript);
// As in a project of a user, where tsx finds the built package and not its sources.
process.env.TSX_TSCONFIG_PATH = fileURLToPath(new URL('../runtime/tsconfig.json', import.meta.url));
const BARE = 'four bare forks';
const HELLO = fileURLToPath(new URL('./jobs/hello.mjs', import.meta.url));

export async function run(options: BenchOptions): Promise<BenchResult> {
  const values = await alternate(
    [
      { name: BARE, measure: forksMs },
      { name: 'pool, worker in JavaScript', measure: () => poolMs(new Presence()) },
      { name: 'pool, worker in TypeScript', measure: () => poolMs(new TypedPresence()) },
    ],
    roundsOf(options, 15),
  );
  const [bare, javascript, typescript] = Object.values(values).map(median) as [number, number, number];
  return result('start', {
    goals: [
      { against: BARE, ratio: javascript / bare, goal: 1.15, sense: 'at most' },
      // Where Node.js does not strip types, a child loads all of tsx; then there is a row and no goal.
      ...(STRIPS
        ? ([
            { against: `${BARE}, in TypeScript`, ratio: typescript / bare, goal: 1.5, sense: 'at most' },
          ] as const)
        : []),
    ],
    rows: rowsOf(values, 'ms'),
  });
}

async function forksMs(): Promise<number> {
  const began = performance.now();
  const children = Array.from({ length: PROCESSES }, () => fork(HELLO));
  const exits = children.map((child) => once(child, 'exit'));
  await Promise.all(children.map((child) => once(child, 'message')));
  const milliseconds = performance.now() - began;
  for (const child of children) child.disconnect();
  await Promise.all(exits);
  return milliseconds;
}

async function poolMs(worker: Presence): Promise<number> {
  const began = performance.now();
  const pool = new ProcessPool({ processes: PROCESSES });
  try {
    let milliseconds = 0;
    const pids = await allPresent(pool, PROCESSES, worker, () => {
      milliseconds = performance.now() - began;
    });
    mustBe('number of processes', pids.length, PROCESSES);
    return milliseconds;
  } finally {
    await pool.destroy();
  }
}
