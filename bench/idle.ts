// A pool with nothing to do: how often do its processes wake up, beyond what Node.js does of itself?
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { buildProgram } from '../scripts/built-program.js';
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { sleepsOf } from './measure/process-facts.js';
import { result } from './measure/result.js';
import { median, rowsOf } from './measure/rounds.js';
import { roundsOf } from './measure/size.js';

const WATCHED_MS = 10_000;
/** Eight seconds after its last work V8 tidies its memory up, here and there alike. */
const SETTLING_MS = 12_000;
const HOLDERS = { pool: 'idle-pool.ts', 'the same number of bare forks': 'idle-forks.ts' };

export async function run(options: BenchOptions): Promise<BenchResult> {
  const milliseconds = Math.max(200, WATCHED_MS * Math.min(1, options.scale ?? 1));
  const names = Object.keys(HOLDERS);
  const values = Object.fromEntries(names.map((name): [string, number[]] => [name, []]));
  const programs = await Promise.all(
    Object.values(HOLDERS).map((file) => buildProgram(new URL(`jobs/${file}`, import.meta.url))),
  );
  for (let round = 0; round < roundsOf(options, 2); round += 1)
    (await watch(programs, milliseconds)).forEach((wakeUps, at) => {
      values[names[at]!]!.push(wakeUps);
    });
  const rows = rowsOf(values, 'wake-ups/s');
  const [pool = Number.NaN, bare = Number.NaN] = Object.values(values).map(median);
  const ratio = Number.isNaN(pool) ? null : Math.max(0, pool - bare);
  return result('idle', {
    goals: [{ against: 'wake-ups a second beyond bare forks', ratio, goal: 0.1, sense: 'at most' }],
    rows,
    notes: ['0.1 is one wake-up of one of three processes in ten seconds'],
  });
}

/** Both kinds at the same time: what disturbs one disturbs the other. @returns wake-ups a second of each */
async function watch(programs: readonly string[], milliseconds: number): Promise<number[]> {
  const holders = await Promise.all(programs.map(start));
  await setTimeout((SETTLING_MS * milliseconds) / WATCHED_MS);
  const before = holders.map(({ pids }) => sleepsOfAll(pids));
  await setTimeout(milliseconds);
  const after = holders.map(({ pids }) => sleepsOfAll(pids));
  await Promise.all(holders.map(({ stop }) => stop()));
  return after.map((sleeps, at) => ((sleeps - before[at]!) * 1000) / milliseconds);
}

function sleepsOfAll(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (sleepsOf(pid) ?? Number.NaN), 0);
}

interface Holder {
  /** Its own, and those of its children. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** A process that has children and nothing to do; watched from here, so that watching wakes none of them. */
async function start(program: string): Promise<Holder> {
  const parent = fork(program);
  const [children] = (await once(parent, 'message')) as [number[]];
  const stop = async (): Promise<void> => {
    const exit = once(parent, 'exit');
    parent.send('stop');
    await exit;
  };
  return { pids: [parent.pid!, ...children], stop };
}
