// Work as programs have it, in warm pools of two. Each subject is measured in a process of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../scripts/built-program.js';
import type { BenchOptions, BenchResult, Goal, Subject, Values } from './measure/benchmark.js';
import { noteFailure } from './measure/failures.js';
import { inOwnProcess } from './measure/own-process.js';
import { result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { hasPython, measurePythonCase } from './peers/python.js';
import { CASES, type RealCase } from './real/cases.js';
import { writeExpected } from './real/expected.js';
import { ALONE, OURS, OURS_ASYNC, SUBJECTS } from './real/subjects.js';

const PROCESSES = 2;
const SCRIPT = new URL('./real/measure-process.ts', import.meta.url);
const PYTHON = "Python's executor";
const OWN: readonly string[] = [OURS, OURS_ASYNC];

/** A case, and those who do it. */
interface Contest {
  readonly name: string;
  readonly work: RealCase;
  readonly jobs: number;
  readonly subjects: readonly string[];
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-bench-'));
  try {
    const contests: Contest[] = [];
    for (const contest of contestsOf(options)) {
      const { name, work, jobs } = contest;
      try {
        await work.prepare?.(folder, options);
        await writeExpected(name, work, jobs, folder);
        contests.push(contest);
      } catch (error) {
        noteFailure(work.title, error);
      }
    }
    const program = await buildProgram(SCRIPT);
    const subjects = contests.flatMap((contest) => subjectsOf(contest, program, folder));
    const values = await alternate(subjects, roundsOf(options, 5));
    return result('real', {
      goals: contests.flatMap((contest) => goalsOf(contest, values)),
      rows: rowsOf(values, 'jobs/s'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contestsOf(options: BenchOptions): Contest[] {
  const isSmoke = (options.scale ?? 1) < 0.1;
  const withPython = hasPython();
  const cases = Object.entries(CASES).map(([name, work]) => {
    const takers = Object.entries(SUBJECTS).filter(([, subject]) => subject.takes(work));
    const subjects = [...takers.map(([taker]) => taker), ...(withPython && work.isPythons ? [PYTHON] : [])];
    return { name, work, jobs: sized(work.jobs, options, 4), subjects };
  });
  return isSmoke ? fewOf(cases) : cases;
}

/** Where nothing is measured: each subject once, and each case, which is ours if everybody else has done one. */
function fewOf(contests: readonly Contest[]): Contest[] {
  const seen = new Set([OURS]);
  return contests.map((contest, at) => {
    const next = contest.subjects.find((subject) => !seen.has(subject)) ?? OURS;
    seen.add(next);
    return { ...contest, subjects: at === 0 ? [OURS, next] : [next] };
  });
}

function subjectsOf({ name, work, jobs, subjects }: Contest, program: string, folder: string): Subject[] {
  return subjects.map((subject) => ({
    name: titleOf(work, subject),
    measure: () =>
      subject === PYTHON
        ? measurePythonCase(name, jobs, PROCESSES, folder)
        : inOwnProcess(program, name, subject, jobs, folder),
  }));
}

function titleOf({ title }: RealCase, subject: string): string {
  return `${title}: ${subject}`;
}

/** Against whoever is best at it. */
function goalsOf({ work, subjects }: Contest, values: Values): Goal[] {
  const best = (names: readonly string[]): [name: string, rate: number] =>
    names
      .map((name): [string, number] => [name, medianOf(values, titleOf(work, name))])
      .reduce((a, b) => (b[1] > a[1] || Number.isNaN(a[1]) ? b : a));
  const peers = subjects.filter((name) => !OWN.includes(name) && name !== ALONE);
  const own = subjects.filter((name) => OWN.includes(name));
  if (own.length === 0 || peers.length === 0) return [];
  const [name, rate] = best(peers);
  return [{ against: titleOf(work, name), ratio: best(own)[1] / rate, goal: 1 }];
}
