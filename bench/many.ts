// `map` with far more processes than processors.
import { allPresent } from './jobs/ready.js';
import type { BenchOptions, BenchResult, Subject } from './measure/benchmark.js';
import { result } from './measure/result.js';
import { alternate, median, rowsOf } from './measure/rounds.js';
import { roundsOf, sized } from './measure/size.js';
import { mapThroughput, sumInputs } from './measure/throughput.js';
import { type OurPool, ours } from './peers/ours.js';

export async function run(options: BenchOptions): Promise<BenchResult> {
  const inputs = sumInputs(sized(200_000, options, 100));
  const subject = (processes: number): Subject => ({
    name: `${processes} processes`,
    measure: () => mapThroughput(ours, processes, inputs, (pool) => warmUp(pool, processes, inputs)),
  });
  // The smoke test starts fewer.
  const most = (options.scale ?? 1) < 0.1 ? 4 : 32;
  const values = await alternate([subject(2), subject(most)], roundsOf(options, 5));
  const [few, many] = Object.values(values).map(median) as [number, number];
  return result('many', {
    goals: [{ against: '2 processes', ratio: many / few, goal: 0.8 }],
    rows: rowsOf(values, 'jobs/s'),
  });
}

/** V8 compiles in each process anew: with few jobs for each, that would be measured and nothing else. */
async function warmUp({ pool, map }: OurPool, processes: number, inputs: readonly number[][]): Promise<void> {
  await allPresent(pool, processes);
  for (let time = 0; time < processes / 8; time += 1) await map(inputs);
}
