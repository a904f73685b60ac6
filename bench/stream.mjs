// `imap` over an input that nobody could hold: how fast, and what the parent keeps.
import { keptBytes } from './measure/garbage.mjs';
import { mustBe, result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { mapThroughput, sumInputs, WARM_JOBS, warmUp } from './measure/throughput.mjs';
import { ours } from './peers/ours.mjs';

const PROCESSES = 2;
const SAMPLES = 20;
/** What twenty looks at the heap cannot tell from nothing, in bytes for a job. */
const FLAT = 0.05;

export async function run(options) {
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
      { against: "map's throughput", ratio: median(values.imap) / median(values.map), goal: 0.8 },
      { against: 'bytes kept of each job', ratio: Math.max(0, long.slope), goal: FLAT, sense: 'at most' },
    ],
    rows,
  });
}

function* inputsUpTo(jobs) {
  for (let i = 0; i < jobs; i += 1) yield [i, i + 1, i + 2, i + 3];
}

/** Reads `jobs` responses, and looks at the memory so many times on the way; the looks take no part in the time. */
async function stream(jobs, samples) {
  const pool = ours.open({ processes: PROCESSES, job: 'sum' });
  const every = samples === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(jobs / samples));
  const kept = [];
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
function slopeOf(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const up = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return up / along;
}
