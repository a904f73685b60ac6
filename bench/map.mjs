// Many small jobs: `sum` of four numbers, by two processes.

import { crossWith, crossWithMsgpackr, crossWithV8, packingThroughput } from './measure/packing.mjs';
import { result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { loadCodec } from './measure/runtime-source.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { mapThroughput, sumInputs } from './measure/throughput.mjs';
import { forkIpc } from './peers/fork-ipc.mjs';
import { jestWorker } from './peers/jest-worker.mjs';
import { ours } from './peers/ours.mjs';
import { piscina } from './peers/piscina.mjs';
import { poolifier } from './peers/poolifier.mjs';
import { hasPython, measurePython } from './peers/python.mjs';
import { tinypool } from './peers/tinypool.mjs';
import { workerpoolPeer } from './peers/workerpool.mjs';

const PROCESSES = 2;
const PISCINAS = [piscina(1), piscina(10), piscina(100)];
const OTHERS = [tinypool, workerpoolPeer, jestWorker];
const FOR_COMPARISON = [poolifier, forkIpc()];
const BOUND = 'packing and unpacking alone';
const OTHER_FORMATS = [
  ['msgpackr', crossWithMsgpackr],
  ['v8.serialize', crossWithV8],
];

export async function run(options) {
  const inputs = sumInputs(sized(200_000, options, 100));
  const codec = crossWith(await loadCodec());
  const through = (peer) => ({ name: peer.name, measure: () => mapThroughput(peer, PROCESSES, inputs) });
  const packing = (name, cross) => ({ name, measure: () => packingThroughput(name, cross, inputs) });
  // These take a second, and V8 may clean up in any of them: three times in a round tell more of them than once.
  const quick = [through(ours), packing(BOUND, codec)];
  const subjects = [
    ...quick,
    ...PISCINAS.map(through),
    ...quick,
    ...OTHERS.map(through),
    ...quick,
    ...FOR_COMPARISON.map(through),
    ...OTHER_FORMATS.map(([by, cross]) => packing(`the same by ${by}`, cross)),
  ];
  if (hasPython())
    subjects.push({
      name: "Python's executor, chunks of 1000",
      measure: () => measurePython(inputs.length, PROCESSES),
    });
  const values = await alternate(subjects, roundsOf(options, 3));
  return result('map', { goals: goalsFrom(values), rows: rowsOf(values, 'jobs/s') });
}

function goalsFrom(values) {
  const own = median(values[ours.name]);
  const best = Math.max(...PISCINAS.map(({ name }) => median(values[name])));
  return [
    { against: "piscina's best", ratio: own / best, goal: 10 },
    ...OTHERS.map(({ name }) => ({ against: name, ratio: own / median(values[name]), goal: 25 })),
    { against: BOUND, ratio: own / median(values[BOUND]), goal: 0.6 },
  ];
}
