import { Random } from './fuzz/random.js';

/**
 * What a figure draws at random, which its seed decides: `--seed` draws the same again.
 * @param seed a fresh one where none is given
 */
export function seeded(seed = (Date.now() ^ (process.pid << 16)) >>> 0): Random {
  return new Random(seed);
}
