// `imap` over an input that nobody could hold: how fast, and what the parent keeps.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { keptBytes } from './measure/garbage.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { mapThroughput, sumInputs, WARM_JOBS, warmUp } from './measure/throughput.js';
import { ours } from './peers/ours.js';

type Point = readonly [jobs: number, bytes: number];

const PROCESSES = 2;
const SAMPLES = 20;
/** What twenty looks at the heap cannot tell from nothing, in bytes for a job. */
const FLAT = 0.05;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const jobs = sized(10_000_000, options, 2_000);
  const short = Math.ceil(jobs / 20);
  const values = await alternate(
    [
      { name: 'map', measure: () => mapThroughput(ours, PROCESSES, sumInputs(short)) },
      { name: 'imap', measure: async () => (await stream(short, 0)).throughput },
    ],
    roundsOf(options, 5),
  );
  const long = await stream(jobs, SAMPLES);
  const rows = [
    ...rowsOf(values, 'jobs/s'),
    { subject: `imap, ${jobs} jobs`, value: long.throughput, unit: 'jobs/s' },
    { subject: 'what the parent keeps more of each job', value: long.slope, unit: 'bytes' },
  ];
  return result('stream', {
    goals: [
      { against: "map's throughput", ratio: medianOf(values, 'imap') / medianOf(values, 'map'), goal: 0.8 },
      { against: 'bytes kept of each job', ratio: Math.max(0, long.slope), goal: FLAT, sense: 'at most' },
    ],
    rows,
  });
}

function* inputsUpTo(jobs: number): Generator<number[]> {
  for (let i = 0; i < jobs; i += 1) yield [i, i + 1, i + 2, i + 3];
}

/** Reads `jobs` responses, and looks at the memory so many times on the way; the looks take no part in the time. */
async function stream(
  jobs: number,
  samples: number,
): Promise<{ readonly throughput: number; readonly slope: number }> {
  const pool = ours.open({ processes: PROCESSES, job: 'sum' });
  const every = samples === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(jobs / samples));
  const kept: Point[] = [];
  let lookingMs = 0;
  try {
    // As long as `map` has.
    await warmUp(async () => {
      for await (const response of pool.imap(inputsUpTo(Math.min(jobs, WARM_JOBS)))) pool.valueOf(response);
    });
    const began = performance.now();
    let at = 0;
    for await (const response of pool.imap(inputsUpTo(jobs))) {
      mustBe(`response ${at}`, pool.valueOf(response), 4 * at + 6);
      at += 1;
      if (at % every === 0) {
        const looked = performance.now();
        kept.push([at, keptBytes()]);
        lookingMs += performance.now() - looked;
      }
    }
    mustBe('number of responses', at, jobs);
    const seconds = (performance.now() - began - lookingMs) / 1000;
    return { throughput: jobs / seconds, slope: slopeOf(kept.slice(Math.floor(samples / 4))) };
  } finally {
    await pool.close();
  }
}

/** Of the line through the points that is nearest to them. */
function slopeOf(points: readonly Point[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const up = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return up / along;
}
