// 64 MB of numbers to a process and back, against the least that it could cost: copying them twice.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { cloningMs, copyingMs, numbersOf, thereAndBackMs } from './measure/copies.js';
import { result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { forkIpc } from './peers/fork-ipc.js';
import { ours } from './peers/ours.js';
import { piscina } from './peers/piscina.js';

const LENGTH_BYTES = 64 * 2 ** 20;
const COPIES = 'two copies into memory that is there';
const CLONES = 'two copies into new memory';

export async function run(options: BenchOptions): Promise<BenchResult> {
  const numbers = numbersOf(sized(LENGTH_BYTES / 8, options) * 8);
  const peers = [ours, piscina(1), forkIpc('advanced')];
  const times = { warm: 2, times: 3 };
  const values = await alternate(
    [
      { name: COPIES, measure: () => copyingMs(numbers, 2) },
      { name: CLONES, measure: () => cloningMs(numbers, 2) },
      ...peers.map((peer) => ({
        name: peer.name,
        measure: () => thereAndBackMs(peer, numbers, times),
      })),
    ],
    roundsOf(options, 5),
  );
  const own = medianOf(values, ours.name);
  return result('payload', {
    goals: [
      { against: COPIES, ratio: own / medianOf(values, COPIES), goal: 2.5, sense: 'at most' },
      { against: CLONES, ratio: own / medianOf(values, CLONES), goal: 2.5, sense: 'at most' },
    ],
    rows: rowsOf(values, 'ms'),
  });
}
