// Many small jobs: `sum` of four numbers, by two processes. Each subject is measured in a process of its own.
import { inOwnProcess } from './measure/own-process.mjs';
import { result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { BOUND, FOR_COMPARISON, OTHER_FORMATS, OTHERS, OURS, PISCINAS } from './peers/map-subjects.mjs';
import { hasPython, measurePython } from './peers/python.mjs';

const PROCESSES = 2;
const SCRIPT = new URL('./peers/map-subject-process.mjs', import.meta.url);

export async function run(options) {
  const jobs = sized(200_000, options, 100);
  const subject = (name) => ({ name, measure: () => inOwnProcess(SCRIPT, name, PROCESSES, jobs) });
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

function goalsFrom(values) {
  const own = median(values[OURS]);
  const best = Math.max(...PISCINAS.map((name) => median(values[name])));
  return [
    { against: "piscina's best", ratio: own / best, goal: 10 },
    ...OTHERS.map((name) => ({ against: name, ratio: own / median(values[name]), goal: 25 })),
    { against: BOUND, ratio: own / median(values[BOUND]), goal: 0.6 },
  ];
}
