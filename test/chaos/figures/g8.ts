import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { Pid, Spin } from '../jobs.worker.mjs';
import { census } from '../leftovers.js';
import { percentile, round } from './percentile.js';

export const goal =
  'destroy takes at most 1 s with a stopped child and a spinning one, and settles every promise';
export const sizes = { smoke: { rounds: 1 }, reduced: { rounds: 5 }, full: { rounds: 50 } };

interface Size {
  readonly rounds: number;
}

export async function run({ rounds }: Size): Promise<Measured> {
  const before = census();
  const tookMs: number[] = [];
  let unsettled = 0;
  for (let round = 0; round < rounds; round += 1) {
    const pool = new ProcessPool({ processes: 2 });
    const pids = new Set<unknown>();
    while (pids.size < 2) for (const { body } of await pool.map(new Pid(), Array(4).fill(10))) pids.add(body);
    let settled = 0;
    const calls = [
      pool.run(new Spin(), 0),
      pool.map(new Spin(), [1, 2, 3]),
      pool.imap(new Pid(), [1]).next(),
    ];
    for (const call of calls)
      call.then(
        () => (settled += 1),
        () => (settled += 1),
      );
    await delay(50);
    process.kill(pool.stats().pids[0]!, 'SIGSTOP');
    const began = performance.now();
    await pool.destroy();
    tookMs.push(performance.now() - began);
    await delay(0);
    unsettled += calls.length - settled;
  }
  const after = census();
  const slowest = round(Math.max(...tookMs));
  return {
    rounds,
    destroyMs: { p50: round(percentile(tookMs, 50)), slowest },
    unsettled,
    childrenLeft: after.children - before.children,
    ok: slowest <= 1_000 && unsettled === 0 && after.children === before.children,
  };
}
