import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildProgram } from '../../../scripts/built-program.js';
import type { Measured } from '../figure.js';
import type { Census } from '../leftovers.js';
import type { Look } from '../programs/made-and-destroyed.js';
import { percentile, round } from './percentile.js';

export const goal =
  'pools and named queues made and destroyed leave no descriptor, no segment, no process, and no memory';
export const sizes = { smoke: { rounds: 12 }, reduced: { rounds: 60 }, full: { rounds: 1_000 } };

const PROGRAM = new URL('../programs/made-and-destroyed.ts', import.meta.url);
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

/** In MiB. */
interface Memory {
  readonly heap: number;
  readonly resident: number;
}
interface Grown {
  readonly left: Census;
  readonly inTheFirstHalfMiB: Memory;
  readonly inTheSecondMiB: Memory;
}

interface Size {
  readonly rounds: number;
}

export async function run({ rounds }: Size): Promise<Measured> {
  const program = await buildProgram(PROGRAM);
  const pools = await measure(program, 'pools', rounds);
  const queues = await measure(program, 'queues', rounds);
  return { rounds, pools, queues, ok: isClean(pools) && isClean(queues) };
}

/**
 * What is kept for each pool or queue grows in the second half as in the first, in which code is compiled and buffers are
 * made. Of each half the median counts: a single look may meet what has not been given back yet, or what has just been.
 */
async function measure(program: string, what: 'pools' | 'queues', rounds: number): Promise<Grown> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, program, what, String(rounds)], {
    env: { ...process.env, ...GIVE_BACK },
  });
  const looks = JSON.parse(stdout) as [Look, ...Look[]];
  const [before, last] = [looks[0], looks.at(-1)!];
  const half = looks.slice(1, 1 + (looks.length - 1) / 2);
  const otherHalf = looks.slice(1 + half.length);
  const usual = (of: readonly Look[], field: 'heapBytes' | 'residentBytes'): number =>
    percentile(
      of.map((look) => look[field]),
      50,
    );
  const grown = (from: readonly Look[], to: readonly Look[], field: 'heapBytes' | 'residentBytes'): number =>
    round((usual(to, field) - usual(from, field)) / MIB);
  const left = {
    children: last.children - before.children,
    zombies: last.zombies - before.zombies,
    segments: last.segments - before.segments,
    descriptors: last.descriptors - before.descriptors,
  };
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

function isClean({ left, inTheSecondMiB: { heap, resident } }: Grown): boolean {
  return (
    Object.values(left).every((count) => count <= 0) &&
    heap * MIB < HEAP_NOISE_BYTES &&
    resident * MIB < NOISE_BYTES
  );
}
