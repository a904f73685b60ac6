import { Random } from './chaos/fuzz/random.js';

/**
 * What a test draws at random, which its seed decides: a fresh one, or that of `MPROC_TEST_SEED`, to see the same again.
 * @param name of the test, for what is printed
 */
export function seeded(name: string): Random {
  const seed = Number(process.env.MPROC_TEST_SEED ?? (Date.now() ^ (process.pid << 16)) >>> 0);
  console.log(`${name}: MPROC_TEST_SEED=${seed} draws the same again`);
  return new Random(seed).derive(name);
}
