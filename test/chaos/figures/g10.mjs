import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { percentile, round } from './percentile.mjs';

export const goal =
  'pools and named queues made and destroyed leave no descriptor, no segment, no process, and no memory';
export const sizes = { smoke: { rounds: 12 }, reduced: { rounds: 60 }, full: { rounds: 1_000 } };

const PROGRAM = fileURLToPath(new URL('../programs/made-and-destroyed.mjs', import.meta.url));
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
/**
 * Has glibc give back what is freed. By itself it raises these bounds to twice the largest buffer that was freed, so that
 * 6 MiB of free memory were resident at some looks and not at others.
 */
const GIVE_BACK = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
const MIB = 1024 * 1024;
/** What the resident memory and the heap move by from one look to the next, though nothing is kept. */
const NOISE_BYTES = 2 * MIB;
const HEAP_NOISE_BYTES = MIB / 2;

export async function run({ rounds }) {
  const pools = await measure('pools', rounds);
  const queues = await measure('queues', rounds);
  return { rounds, pools, queues, ok: isClean(pools) && isClean(queues) };
}

/**
 * What is kept for each pool or queue grows in the second half as in the first, in which code is compiled and buffers are
 * made. Of each half the median counts: a single look may meet what has not been given back yet, or what has just been.
 */
async function measure(what, rounds) {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM, what, String(rounds)], {
    env: { ...process.env, ...GIVE_BACK },
  });
  const looks = JSON.parse(stdout);
  const [before, last] = [looks[0], looks.at(-1)];
  const half = looks.slice(1, 1 + (looks.length - 1) / 2);
  const otherHalf = looks.slice(1 + half.length);
  const usual = (of, field) =>
    percentile(
      of.map((look) => look[field]),
      50,
    );
  const grown = (from, to, field) => round((usual(to, field) - usual(from, field)) / MIB);
  const left = Object.fromEntries(
    ['children', 'zombies', 'segments', 'descriptors'].map((name) => [name, last[name] - before[name]]),
  );
  return {
    left,
    inTheFirstHalfMiB: {
      heap: grown([before], half, 'heapBytes'),
      resident: grown([before], half, 'residentBytes'),
    },
    inTheSecondMiB: {
      heap: grown(half, otherHalf, 'heapBytes'),
      resident: grown(half, otherHalf, 'residentBytes'),
    },
  };
}

function isClean({ left, inTheSecondMiB: { heap, resident } }) {
  return (
    Object.values(left).every((count) => count <= 0) &&
    heap * MIB < HEAP_NOISE_BYTES &&
    resident * MIB < NOISE_BYTES
  );
}
