import { ProcessPool } from 'mproc-worker';
import { Echo } from '../jobs.worker.mjs';
import { census, residentBytes } from '../leftovers.mjs';

export const goal = 'pools made and destroyed leave no descriptor, no segment, no process, and no memory';
export const sizes = { smoke: { rounds: 10 }, reduced: { rounds: 60 }, full: { rounds: 1_000 } };

const WARM_UP = 5;
const MIB = 1024 * 1024;
/** What the heap of Node.js may move by without anything having been kept. */
const NOISE_BYTES = 24 * MIB;

export async function run({ rounds }) {
  for (let round = 0; round < WARM_UP; round += 1) await once(round);
  globalThis.gc?.();
  const before = census();
  const residentBefore = residentBytes();
  for (let round = 0; round < rounds; round += 1) await once(round);
  globalThis.gc?.();
  const after = census();
  const grownBytes = residentBytes() - residentBefore;
  const left = Object.fromEntries(Object.entries(after).map(([what, count]) => [what, count - before[what]]));
  return {
    rounds,
    left,
    residentGrownMiB: Math.round((grownBytes / MIB) * 10) / 10,
    ok: Object.values(left).every((count) => count <= 0) && grownBytes < NOISE_BYTES,
  };
}

/** Some are destroyed while they start, some after a job, some with one under way. */
async function once(round) {
  const pool = new ProcessPool({ processes: 1 });
  if (round % 3 === 1) await pool.run(new Echo(), 'x');
  if (round % 3 === 2) pool.run(new Echo(), Buffer.alloc(6 * MIB)).catch(() => {});
  await pool.destroy();
}
