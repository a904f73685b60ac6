// One small job at a time: how long its caller waits.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { collectGarbage } from './measure/garbage.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { sumInputs } from './measure/throughput.js';
import { forkIpc } from './peers/fork-ipc.js';
import { jestWorker } from './peers/jest-worker.js';
import { ours } from './peers/ours.js';
import type { Peer } from './peers/peer.js';
import { piscina } from './peers/piscina.js';
import { poolifier } from './peers/poolifier.js';
import { tinypool } from './peers/tinypool.js';
import { workerpoolPeer } from './peers/workerpool.js';

const PROCESSES = 2;
const THREADS = piscina(1);
const PEERS: readonly Peer[] = [ours, THREADS, tinypool, workerpoolPeer, jestWorker, poolifier, forkIpc()];

export async function run(options: BenchOptions): Promise<BenchResult> {
  const inputs = sumInputs(sized(10_000, options, 20));
  const subjects = PEERS.map((peer) => ({ name: peer.name, measure: () => waiting(peer, inputs) }));
  const values = await alternate(subjects, roundsOf(options, 5));
  const ratio = medianOf(values, ours.name) / medianOf(values, THREADS.name);
  return result('roundtrip', {
    goals: [{ against: "piscina's time", ratio, goal: 0.25, sense: 'at most' }],
    rows: rowsOf(values, 'µs'),
  });
}

/** Microseconds for a job, on average. */
async function waiting(peer: Peer, inputs: readonly number[][]): Promise<number> {
  const pool = peer.open({ processes: PROCESSES, job: 'sum' });
  try {
    // A full collection throws compiled code away as well, so everybody runs warm after it.
    collectGarbage();
    for (let i = 0; i < inputs.length; i += 1) await pool.run(inputs[i]);
    const answers = new Array<unknown>(inputs.length);
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
