import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { round } from './percentile.mjs';

export const goal =
  'pools and named queues made and destroyed leave no descriptor, no segment, no process, and no memory';
export const sizes = { smoke: { rounds: 12 }, reduced: { rounds: 60 }, full: { rounds: 1_000 } };

const PROGRAM = fileURLToPath(new URL('../programs/made-and-destroyed.mjs', import.meta.url));
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
const MIB = 1024 * 1024;
/** What the resident memory and the heap move by from one look to the next, though nothing is kept. */
const NOISE_BYTES = 2 * MIB;
const HEAP_NOISE_BYTES = MIB / 2;

export async function run({ rounds }) {
  const pools = await measure('pools', rounds);
  const queues = await measure('queues', rounds);
  return { rounds, pools, queues, ok: isClean(pools) && isClean(queues) };
}

/** The first quarter warms up: code is compiled, buffers are made. What is kept grows in the others as well. */
async function measure(what, rounds) {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM, what, String(rounds)]);
  const [before, first, , , last] = JSON.parse(stdout);
  const grown = (from, to, field) => round((to[field] - from[field]) / MIB);
  const left = Object.fromEntries(
    ['children', 'zombies', 'segments', 'descriptors'].map((name) => [name, last[name] - before[name]]),
  );
  return {
    left,
    inTheFirstQuarterMiB: {
      heap: grown(before, first, 'heapBytes'),
      resident: grown(before, first, 'residentBytes'),
    },
    inTheOthersMiB: { heap: grown(first, last, 'heapBytes'), resident: grown(first, last, 'residentBytes') },
  };
}

function isClean({ left, inTheOthersMiB: { heap, resident } }) {
  return (
    Object.values(left).every((count) => count <= 0) &&
    heap * MIB < HEAP_NOISE_BYTES &&
    resident * MIB < NOISE_BYTES
  );
}
