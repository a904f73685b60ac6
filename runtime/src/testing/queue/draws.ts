/** Of a test that draws at random: in [0, 1). */
export type Draw = () => number;

/**
 * A fresh seed for a test, or that of `MPROC_TEST_SEED`, to draw the same again; it is printed.
 * @param test its name
 */
export function drawsOf(test: string): Draw {
  const seed = Number(process.env.MPROC_TEST_SEED ?? (Date.now() ^ (process.pid << 16)) >>> 0);
  console.log(`${test}: MPROC_TEST_SEED=${seed} draws the same again`);
  let state = seed >>> 0;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
