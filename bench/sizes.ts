// Arrays of 64 KB to 8 MB, there and back, one at a time: on a quiet machine, and beside two busy programs.
import type { BenchOptions, BenchResult, Goal } from './measure/benchmark.js';
import { besideBusyLoops } from './measure/busy-loops.js';
import { numbersOf, thereAndBackMs } from './measure/copies.js';
import { result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { ours } from './peers/ours.js';
import type { Peer } from './peers/peer.js';
import { piscina } from './peers/piscina.js';

const KIB = 1024;
const SIZES = [64, 256, 512, 1024, 2048, 4096, 8192];
const FEW_SIZES = [64];
const LOOPS = [0, 2];
const THREADS = piscina(1);
/** So many bytes are sent for each size, so that each takes about as long. */
const BYTES = 512 * KIB * KIB;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const cases = ((options.scale ?? 1) < 0.1 ? FEW_SIZES : SIZES).flatMap((size) =>
    LOOPS.map((loops) => ({ size, loops, name: `${size} KiB, ${loops} busy loops` })),
  );
  const values = await alternate(
    cases.flatMap(({ size, loops, name }) =>
      [ours, THREADS].map((peer) => ({
        name: `${name}: ${peer.name}`,
        measure: () => besideBusyLoops(loops, () => thereAndBack(peer, size * KIB, options)),
      })),
    ),
    roundsOf(options, 5),
  );
  return result('sizes', {
    goals: cases.map(
      ({ name }): Goal => ({
        against: `${name}: ${THREADS.name}`,
        ratio: medianOf(values, `${name}: ${ours.name}`) / medianOf(values, `${name}: ${THREADS.name}`),
        goal: 1,
        sense: 'at most',
      }),
    ),
    rows: rowsOf(values, 'ms'),
  });
}

function thereAndBack(peer: Peer, lengthBytes: number, options: BenchOptions): Promise<number> {
  const times = sized(Math.min(500, BYTES / lengthBytes), options, 3);
  return thereAndBackMs(peer, numbersOf(lengthBytes), { warm: times, times });
}
