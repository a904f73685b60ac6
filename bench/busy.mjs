// One small job at a time, and one of half a megabyte, while other programs want the processors.
import { besideBusyLoops } from './measure/busy-loops.mjs';
import { mustBe, result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { ours } from './peers/ours.mjs';
import { piscina } from './peers/piscina.mjs';
import { tinypool } from './peers/tinypool.mjs';

const PROCESSES = 2;
const LOOPS = [0, 1, 2, 4];
/** Where nothing is measured. */
const FEW_LOOPS = [1];
const THREADS = piscina(1);
/** tinypool's processes are sent JSON, which a typed array does not survive. */
const KINDS = {
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

export async function run(options) {
  const p99 = {};
  const counts = options.scale < 0.1 ? FEW_LOOPS : LOOPS;
  const subjects = counts.flatMap((loops) =>
    Object.keys(KINDS).flatMap((kind) =>
      KINDS[kind].peers.map((peer) => {
        const name = `${kind}, ${loops} busy loops: ${peer.name}`;
        p99[`${name}, p99`] = [];
        const measure = async () => {
          const waits = await besideBusyLoops(loops, () => waitsOf(peer, KINDS[kind], options));
          p99[`${name}, p99`].push(waits[Math.floor(waits.length * 0.99)]);
          return waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
        };
        return { name, measure };
      }),
    ),
  );
  const values = await alternate(subjects, roundsOf(options, 5));
  const goals = counts.flatMap((loops) =>
    Object.keys(KINDS).flatMap((kind) => {
      const of = (peer, what) => `${kind}, ${loops} busy loops: ${peer.name}${what}`;
      const ratio = (from, what) => median(from[of(ours, what)]) / median(from[of(THREADS, what)]);
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
async function waitsOf(peer, { job, jobs, argument, answer }, options) {
  const count = sized(jobs, options, 20);
  const pool = peer.open({ processes: PROCESSES, job });
  try {
    for (let at = 0; at < count; at += 1) await pool.run(argument(at));
    const waits = new Float64Array(count);
    for (let at = 0; at < count; at += 1) {
      const began = performance.now();
      const value = pool.valueOf(await pool.run(argument(at)));
      waits[at] = (performance.now() - began) * 1000;
      mustBe(`${peer.name}: answer ${at}`, value?.length ?? value, answer(at));
    }
    return waits.sort();
  } finally {
    await pool.close();
  }
}
