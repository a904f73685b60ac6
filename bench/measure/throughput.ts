import type { Peer, PeerPool } from '../peers/peer.js';
import { collectGarbage } from './garbage.js';
import { mustBe } from './result.js';

/** Jobs as users have them: small, each with an argument of its own. */
export function sumInputs(jobs: number): number[][] {
  return Array.from({ length: jobs }, (_, i) => [i, i + 1, i + 2, i + 3]);
}

export const WARM_JOBS = 20_000;
/** The same time for everybody: V8 compiles what has run for some time, however many jobs that were. */
const WARM_MS = Number(process.env.BENCH_WARM_MS ?? 500);

/**
 * Jobs per second of a pool that is made for it, warmed up, and closed again.
 * @param prepare called with the pool before it is warmed up
 */
export async function mapThroughput<Pool extends PeerPool>(
  peer: Peer<Pool>,
  processes: number,
  inputs: readonly unknown[],
  prepare: (pool: Pool) => unknown = () => {},
): Promise<number> {
  const pool = peer.open({ processes, job: 'sum' });
  try {
    await prepare(pool);
    const some = inputs.slice(0, WARM_JOBS);
    await warmUp(() => pool.map(some));
    const began = performance.now();
    const answers = await pool.map(inputs);
    const seconds = (performance.now() - began) / 1000;
    mustBe(`${peer.name}: number of answers`, answers.length, inputs.length);
    for (let i = 0; i < inputs.length; i += 1)
      mustBe(`${peer.name}: answer ${i}`, pool.valueOf(answers[i]), 4 * i + 6);
    return inputs.length / seconds;
  } finally {
    await pool.close();
  }
}

/** Runs a piece of the work again and again. */
export async function warmUp(work: () => unknown): Promise<void> {
  // A full collection throws compiled code away as well, so it comes before the warming up.
  collectGarbage();
  const began = performance.now();
  do await work();
  while (performance.now() - began < WARM_MS);
}
