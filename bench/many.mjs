// `map` with far more processes than processors.
import { allPresent } from './jobs/ready.mjs';
import { result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf, sized } from './measure/size.mjs';
import { mapThroughput, sumInputs } from './measure/throughput.mjs';
import { ours } from './peers/ours.mjs';

export async function run(options) {
  const inputs = sumInputs(sized(200_000, options, 100));
  const subject = (processes) => ({
    name: `${processes} processes`,
    measure: () => mapThroughput(ours, processes, inputs, (pool) => warmUp(pool, processes, inputs)),
  });
  // The smoke test starts fewer.
  const most = (options.scale ?? 1) < 0.1 ? 4 : 32;
  const values = await alternate([subject(2), subject(most)], roundsOf(options, 5));
  const [few, many] = Object.values(values).map(median);
  return result('many', {
    goals: [{ against: '2 processes', ratio: many / few, goal: 0.8 }],
    rows: rowsOf(values, 'jobs/s'),
  });
}

/** V8 compiles in each process anew: with few jobs for each, that would be measured and nothing else. */
async function warmUp({ pool, map }, processes, inputs) {
  await allPresent(pool, processes);
  for (let time = 0; time < processes / 8; time += 1) await map(inputs);
}
