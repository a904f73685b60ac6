// The same numbers by reference: what a job costs must not depend on how many there are.
import { ProcessPool, SharedArray } from 'mproc-worker';
import { Look } from './jobs/look.worker.mjs';
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';

const SMALL = '64 KB by reference';
const LARGE = '64 MB by reference';

export async function run(options: BenchOptions): Promise<BenchResult> {
  const times = sized(2_000, options, 10);
  const values = await alternate(
    [
      { name: SMALL, measure: () => referenceUs(64 * 2 ** 10, times) },
      { name: LARGE, measure: () => referenceUs(64 * 2 ** 20, times) },
    ],
    roundsOf(options, 7),
  );
  return result('shared', {
    goals: [
      {
        against: SMALL,
        ratio: medianOf(values, LARGE) / medianOf(values, SMALL),
        goal: 1.5,
        sense: 'at most',
      },
    ],
    rows: rowsOf(values, 'µs'),
  });
}

/** Microseconds for a job that is given the array, on average. */
async function referenceUs(lengthBytes: number, times: number): Promise<number> {
  const pool = new ProcessPool({ processes: 1 });
  const array = SharedArray.allocate('Float64Array', lengthBytes / 8);
  array.values[0] = 1;
  const look = new Look();
  try {
    for (let time = 0; time < times / 2; time += 1) await pool.run(look, array);
    const began = performance.now();
    for (let time = 1; time <= times; time += 1) {
      array.values[array.length - 1] = time;
      const response = await pool.run(look, array);
      if (!response.ok) throw response.error;
      mustBe('what the job saw', response.body, time + 1);
    }
    return ((performance.now() - began) * 1000) / times;
  } finally {
    await pool.close();
    array.close();
  }
}
