// One small job at a time: how long its caller waits.
import { collectGarbage } from './measure/garbage.mjs';
import { mustBe, result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { sumInputs } from './measure/throughput.mjs';
import { forkIpc } from './peers/fork-ipc.mjs';
import { jestWorker } from './peers/jest-worker.mjs';
import { ours } from './peers/ours.mjs';
import { piscina } from './peers/piscina.mjs';
import { poolifier } from './peers/poolifier.mjs';
import { tinypool } from './peers/tinypool.mjs';
import { workerpoolPeer } from './peers/workerpool.mjs';

const PROCESSES = 2;
const THREADS = piscina(1);
const PEERS = [ours, THREADS, tinypool, workerpoolPeer, jestWorker, poolifier, forkIpc()];

export async function run(options) {
  const inputs = sumInputs(sized(10_000, options, 20));
  const subjects = PEERS.map((peer) => ({ name: peer.name, measure: () => waiting(peer, inputs) }));
  const values = await alternate(subjects, roundsOf(options, 5));
  const ratio = median(values[ours.name]) / median(values[THREADS.name]);
  return result('roundtrip', {
    goals: [{ against: "piscina's time", ratio, goal: 0.25, sense: 'at most' }],
    rows: rowsOf(values, 'µs'),
  });
}

/** Microseconds for a job, on average. */
async function waiting(peer, inputs) {
  const pool = peer.open({ processes: PROCESSES, job: 'sum' });
  try {
    // A full collection throws compiled code away as well, so everybody runs warm after it.
    collectGarbage();
    for (let i = 0; i < inputs.length; i += 1) await pool.run(inputs[i]);
    const answers = new Array(inputs.length);
    const began = performance.now();
    for (let i = 0; i < inputs.length; i += 1) answers[i] = await pool.run(inputs[i]);
    const microseconds = (performance.now() - began) * 1000;
    for (let i = 0; i < inputs.length; i += 1)
      mustBe(`${peer.name}: answer ${i}`, pool.valueOf(answers[i]), 4 * i + 6);
    return microseconds / inputs.length;
  } finally {
    await pool.close();
  }
}
