// JavaScript: the processes and threads of all peers load it by themselves.
// @ts-check

/** Pixels of a byte each, in rows. */
const WIDTH = 1024;
const RADIUS = 4;
const SPAN = 2 * RADIUS + 1;

/**
 * A blurred copy.
 * @param {Uint8Array} pixels
 */
export function blur(pixels) {
  const blurred = new Uint8Array(pixels.length);
  blurInto(pixels, blurred);
  return blurred;
}

/**
 * The same where both images lie in memory that caller and job share.
 * @param {{ readonly source: { readonly values: Uint8Array }, readonly target: { readonly values: Uint8Array } }} images
 * @returns the sum of the target's pixels, by which the caller sees that they are right
 */
export function blurShared({ source, target }) {
  blurInto(source.values, target.values);
  return sumOf(target.values);
}

/** @param {Uint8Array} pixels */
function sumOf(pixels) {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 1) sum += /** @type {number} */ (pixels[at]);
  return sum;
}

/**
 * The mean of a square around each pixel: along the rows, then along the columns.
 * @param {Uint8Array} source
 * @param {Uint8Array} target
 */
function blurInto(source, target) {
  const height = source.length / WIDTH;
  const rows = new Uint8Array(source.length);
  for (let y = 0; y < height; y += 1) blurLine(source, rows, y * WIDTH, 1, WIDTH);
  for (let x = 0; x < WIDTH; x += 1) blurLine(rows, target, x, WIDTH, height);
}

/**
 * A line of pixels that lie `step` apart; beyond its ends it goes on with its last pixel.
 * @param {Uint8Array} source
 * @param {Uint8Array} target
 * @param {number} begin
 * @param {number} step
 * @param {number} count
 */
function blurLine(source, target, begin, step, count) {
  const end = begin + (count - 1) * step;
  let sum = 0;
  for (let at = -RADIUS; at <= RADIUS; at += 1)
    sum += source[Math.min(end, Math.max(begin, begin + at * step))] ?? 0;
  for (let at = begin; at <= end; at += step) {
    target[at] = sum / SPAN;
    sum += source[Math.min(end, at + (RADIUS + 1) * step)] ?? 0;
    sum -= source[Math.max(begin, at - RADIUS * step)] ?? 0;
  }
}
