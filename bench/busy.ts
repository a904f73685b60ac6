// One small job at a time, and one of half a megabyte, while other programs want the processors.
import type { BenchOptions, BenchResult, Goal, Values } from './measure/benchmark.js';
import { besideBusyLoops } from './measure/busy-loops.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { ours } from './peers/ours.js';
import type { JobName, Peer } from './peers/peer.js';
import { piscina } from './peers/piscina.js';
import { tinypool } from './peers/tinypool.js';

const PROCESSES = 2;
const LOOPS = [0, 1, 2, 4];
/** Where nothing is measured. */
const FEW_LOOPS = [1];
const THREADS = piscina(1);

/** Jobs that are waited for one by one. */
interface Kind {
  readonly job: JobName;
  readonly peers: readonly Peer[];
  readonly jobs: number;
  argument(at: number): unknown;
  /** Its result, or the length of that. */
  answer(at: number): number;
}

/** tinypool's processes are sent JSON, which a typed array does not survive. */
const KINDS: Readonly<Record<string, Kind>> = {
  'a small job': {
    job: 'sum',
    peers: [ours, THREADS, tinypool],
    jobs: 3_000,
    argument: (at) => [at, 1, 2, 3],
    answer: (at) => at + 6,
  },
  '512 KB there and back': {
    job: 'echo',
    peers: [ours, THREADS],
    jobs: 300,
    argument: () => LARGE,
    answer: () => LARGE.length,
  },
};
const LARGE = new Uint8Array(512 * 1024).fill(7);

export async function run(options: BenchOptions): Promise<BenchResult> {
  const p99: Record<string, number[]> = {};
  const counts = (options.scale ?? 1) < 0.1 ? FEW_LOOPS : LOOPS;
  const subjects = counts.flatMap((loops) =>
    Object.entries(KINDS).flatMap(([kind, jobs]) =>
      jobs.peers.map((peer) => {
        const name = `${kind}, ${loops} busy loops: ${peer.name}`;
        const slowest: number[] = [];
        p99[`${name}, p99`] = slowest;
        const measure = async () => {
          const waits = await besideBusyLoops(loops, () => waitsOf(peer, jobs, options));
          slowest.push(waits[Math.floor(waits.length * 0.99)]!);
          return waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
        };
        return { name, measure };
      }),
    ),
  );
  const values = await alternate(subjects, roundsOf(options, 5));
  const goals = counts.flatMap((loops) =>
    Object.keys(KINDS).flatMap((kind): Goal[] => {
      const of = (peer: Peer, what: string): string => `${kind}, ${loops} busy loops: ${peer.name}${what}`;
      const ratio = (from: Values, what: string): number =>
        medianOf(from, of(ours, what)) / medianOf(from, of(THREADS, what));
      const against = `${kind}, ${loops} busy loops: ${THREADS.name}`;
      return [
        { against, ratio: ratio(values, ''), goal: 1, sense: 'at most' },
        { against: `${against}, p99`, ratio: ratio(p99, ', p99'), goal: 1, sense: 'at most' },
      ];
    }),
  );
  return result('busy', { goals, rows: rowsOf({ ...values, ...p99 }, 'µs') });
}

/** How long each of a row of jobs was waited for, in microseconds, the shortest first. */
async function waitsOf(
  peer: Peer,
  { job, jobs, argument, answer }: Kind,
  options: BenchOptions,
): Promise<Float64Array> {
  const count = sized(jobs, options, 20);
  const pool = peer.open({ processes: PROCESSES, job });
  try {
    for (let at = 0; at < count; at += 1) await pool.run(argument(at));
    const waits = new Float64Array(count);
    for (let at = 0; at < count; at += 1) {
      const began = performance.now();
      const value = pool.valueOf(await pool.run(argument(at)));
      waits[at] = (performance.now() - began) * 1000;
      mustBe(`${peer.name}: answer ${at}`, (value as Partial<Uint8Array>)?.length ?? value, answer(at));
    }
    return waits.sort();
  } finally {
    await pool.close();
  }
}
