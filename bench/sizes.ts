// Arrays of 64 KB to 8 MB, one at a time: there and back, on a quiet machine and beside two busy programs; and there alone to a
// job that sums them up, copied and lent.
import type { BenchOptions, BenchResult, Goal, Subject } from './measure/benchmark.js';
import { besideBusyLoops } from './measure/busy-loops.js';
import { numbersOf, thereAndBackMs } from './measure/copies.js';
import { result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { lentThereMs, refilledThereMs, thereMs } from './measure/there.js';
import { ours } from './peers/ours.js';
import type { Peer } from './peers/peer.js';
import { piscina } from './peers/piscina.js';

const KIB = 1024;
const SIZES = [64, 256, 512, 1024, 2048, 4096, 8192];
const FEW_SIZES = [64];
const SIZES_THERE = [64, 512, 1024, 8192];
const LOOPS = [0, 2];
const THREADS = piscina(1);
/** Filled before it is sent, as the others are. */
const LENT = `${ours.name}, lent`;
/** Allocated, filled, sent and released. */
const REFILLED = `${ours.name}, lent and filled anew`;
/** So many bytes are sent for each size, so that each takes about as long. */
const BYTES = 512 * KIB * KIB;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const isFew = (options.scale ?? 1) < 0.1;
  const there = (isFew ? FEW_SIZES : SIZES_THERE).map((size) => ({ size, name: `${size} KiB, there alone` }));
  const cases = (isFew ? FEW_SIZES : SIZES).flatMap((size) =>
    LOOPS.map((loops) => ({ size, loops, name: `${size} KiB, ${loops} busy loops` })),
  );
  const values = await alternate(
    [
      ...cases.flatMap(({ size, loops, name }) =>
        [ours, THREADS].map((peer) => ({
          name: `${name}: ${peer.name}`,
          measure: () => besideBusyLoops(loops, () => thereAndBack(peer, size * KIB, options)),
        })),
      ),
      ...there.flatMap(({ size, name }) => subjectsThere(size * KIB, name, options)),
    ],
    roundsOf(options, 5),
  );
  return result('sizes', {
    goals: [
      ...cases.map(({ name }) => [name, ours.name] as const),
      ...there.map(({ name }) => [name, LENT] as const),
    ].map(
      ([name, subject]): Goal => ({
        against: `${name}: ${THREADS.name}`,
        ratio: medianOf(values, `${name}: ${subject}`) / medianOf(values, `${name}: ${THREADS.name}`),
        goal: 1,
        sense: 'at most',
      }),
    ),
    rows: rowsOf(values, 'ms'),
  });
}

function subjectsThere(lengthBytes: number, name: string, options: BenchOptions): Subject[] {
  const times = timesOf(lengthBytes, options);
  const subject = (what: string, measure: () => Promise<number>) => ({ name: `${name}: ${what}`, measure });
  return [
    ...[ours, THREADS].map((peer) => subject(peer.name, () => thereMs(peer, lengthBytes, times))),
    subject(LENT, () => lentThereMs(lengthBytes, times)),
    subject(REFILLED, () => refilledThereMs(lengthBytes, times)),
  ];
}

function thereAndBack(peer: Peer, lengthBytes: number, options: BenchOptions): Promise<number> {
  const times = timesOf(lengthBytes, options);
  return thereAndBackMs(peer, numbersOf(lengthBytes), { warm: times, times });
}

function timesOf(lengthBytes: number, options: BenchOptions): number {
  return sized(Math.min(500, BYTES / lengthBytes), options, 3);
}
