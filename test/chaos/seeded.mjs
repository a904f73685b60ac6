/**
 * What a figure draws at random, which its seed decides: `--seed` draws the same again.
 * @param seed a fresh one where none is given
 */
export function seeded(seed = (Date.now() ^ (process.pid << 16)) >>> 0) {
  let state = seed >>> 0;
  /** In [0, 1); mulberry32. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next, below: (limit) => Math.floor(next() * limit) };
}
