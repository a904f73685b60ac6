// Many small jobs: `sum` of four numbers, by two processes. Each subject is measured in a process of its own.
import { buildProgram } from '../scripts/built-program.js';
import type { BenchOptions, BenchResult, Goal, Subject, Values } from './measure/benchmark.js';
import { inOwnProcess } from './measure/own-process.js';
import { result } from './measure/result.js';
import { alternate, bestOf, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { BOUND, FOR_COMPARISON, OTHER_FORMATS, OTHERS, OURS, PISCINAS } from './peers/map-subjects.js';
import { hasPython, measurePython } from './peers/python.js';

const PROCESSES = 2;
const SCRIPT = new URL('./peers/map-subject-process.ts', import.meta.url);

export async function run(options: BenchOptions): Promise<BenchResult> {
  const jobs = sized(200_000, options, 100);
  const program = await buildProgram(SCRIPT);
  const subject = (name: string): Subject => ({
    name,
    measure: () => inOwnProcess(program, name, PROCESSES, jobs),
  });
  // These take a second, and V8 may clean up in any of them: three times in a round tell more of them than once.
  const quick = [OURS, BOUND];
  const subjects = [
    ...[...quick, ...PISCINAS].map(subject),
    ...[...quick, ...OTHERS].map(subject),
    ...[...quick, ...FOR_COMPARISON, ...OTHER_FORMATS].map(subject),
  ];
  if (hasPython())
    subjects.push({
      name: "Python's executor, chunks of 1000",
      measure: () => measurePython(jobs, PROCESSES),
    });
  const values = await alternate(subjects, roundsOf(options, 3));
  return result('map', { goals: goalsFrom(values), rows: rowsOf(values, 'jobs/s') });
}

function goalsFrom(values: Values): Goal[] {
  const own = medianOf(values, OURS);
  const best = bestOf(PISCINAS.map((name) => medianOf(values, name)));
  return [
    { against: "piscina's best", ratio: own / best, goal: 10 },
    ...OTHERS.map((name) => ({ against: name, ratio: own / medianOf(values, name), goal: 25 })),
    { against: BOUND, ratio: own / medianOf(values, BOUND), goal: 0.6 },
  ];
}
