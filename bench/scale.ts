// Jobs that keep a processor busy: do two processes do twice the work of one?
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { burn } from './jobs/functions.mjs';
import type { BenchOptions, BenchResult, Subject } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, median, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { warmUp } from './measure/throughput.js';
import { ours } from './peers/ours.js';

/** A job of about two milliseconds. */
const STEPS = 2_000_000;
/**
 * Shorter ones that come before: for ten thousand jobs V8 compiles what the parent does for each, 100 ms and more, which takes
 * a processor from one of two children, and none from one.
 */
const WARM_STEPS = STEPS / 10;
const WARM_JOBS_FOR_EACH = 10;
const LOOP = fileURLToPath(new URL('./jobs/burn-loop.mjs', import.meta.url));

export async function run(options: BenchOptions): Promise<BenchResult> {
  const jobs = sized(1_000, options, 8);
  type Measure = (processes: number, jobs: number) => Promise<number>;
  const subject = (name: string, measure: Measure, processes: number): Subject => ({
    name,
    measure: () => measure(processes, jobs),
  });
  const values = await alternate(
    [
      subject('one process', poolThroughput, 1),
      subject('two processes', poolThroughput, 2),
      subject('one loop in a bare fork', bareThroughput, 1),
      subject('two loops in two bare forks', bareThroughput, 2),
    ],
    roundsOf(options, 9),
  );
  const medians = Object.values(values).map(median);
  const [one, two, bareOne, bareTwo] = medians as [number, number, number, number];
  return result('scale', {
    goals: [{ against: 'twice one process', ratio: two / (2 * one), goal: 0.97 }],
    rows: rowsOf(values, 'jobs/s'),
    notes: [`the machine itself gives two bare loops ${(bareTwo / (2 * bareOne)).toFixed(3)} of twice one`],
  });
}

async function poolThroughput(processes: number, jobs: number): Promise<number> {
  const pool = ours.open({ processes, job: 'burn' });
  const inputs = new Array<number>(jobs).fill(STEPS);
  const expected = burn(STEPS);
  try {
    const shorter = new Array<number>(WARM_JOBS_FOR_EACH * jobs).fill(WARM_STEPS);
    await warmUp(() => pool.map(shorter));
    await pool.map(inputs.slice(0, 8 * processes));
    const began = performance.now();
    const answers = await pool.map(inputs);
    const seconds = (performance.now() - began) / 1000;
    for (const answer of answers) mustBe('the result of a job', pool.valueOf(answer), expected);
    return jobs / seconds;
  } finally {
    await pool.close();
  }
}

/** The same work without jobs: what this machine gives at most. */
async function bareThroughput(processes: number, jobs: number): Promise<number> {
  const loops = Array.from({ length: processes }, () => fork(LOOP));
  try {
    const times = Math.ceil(jobs / processes);
    const work = (): Promise<number[]> =>
      Promise.all(loops.map((loop) => ask(loop, { steps: STEPS, times })));
    await warmUp(work);
    const began = performance.now();
    const results = await work();
    const seconds = (performance.now() - began) / 1000;
    for (const value of results) mustBe('the result of a loop', value, burn(STEPS));
    return (times * processes) / seconds;
  } finally {
    for (const loop of loops) loop.disconnect();
  }
}

async function ask(
  loop: ChildProcess,
  message: { readonly steps: number; readonly times: number },
): Promise<number> {
  const answer = once(loop, 'message');
  loop.send(message);
  return ((await answer) as [number])[0];
}
