import { buildProgram } from '../../../scripts/built-program.js';
import type { Measured } from '../figure.js';
import { runWatched } from './watched-program.js';

export const goal =
  'random words that a job writes into the pool’s memory: the parent never hangs for a second, never crashes, gives no wrong value of another process’s job, answers all, and is well when it is over';
export const sizes = {
  smoke: { changes: 6_000 },
  reduced: { changes: 60_000 },
  full: { changes: 1_000_000 },
};

const PROGRAM = new URL('../programs/stray-writes.ts', import.meta.url);
/** Anywhere; where a child may write; what all children may write; its own; lengths, kinds, counters; behind the mapping. */
const MODES = ['everything', 'writable', 'states', 'block', 'ring', 'targeted', 'descriptor'];
/** A program that says nothing for so long hangs. */
const HUNG_AFTER_MS = 60_000;
const SLOWEST_MS = 1_000;

interface Size {
  readonly changes: number;
  readonly seed?: number | undefined;
}

export async function run({ changes, seed = 1 }: Size): Promise<Measured> {
  const figures = {
    words: 0,
    strays: 0,
    jobs: 0,
    wrong: 0,
    failed: 0,
    processes: 0,
    crashes: 0,
    hangs: 0,
    slowestMs: 0,
  };
  const problems: string[] = [];
  const modes: Record<string, object> = {};
  const program = await buildProgram(PROGRAM);
  for (const [number, mode] of MODES.entries()) {
    const told = await runWatched(
      [program, String(seed + number), mode, String(Math.ceil(changes / (MODES.length - 2)))],
      HUNG_AFTER_MS,
    );
    for (const name of ['words', 'strays', 'jobs', 'wrong', 'failed', 'processes'] as const)
      figures[name] += told.counts[name] ?? 0;
    figures.slowestMs = Math.max(figures.slowestMs, told.counts.slowestMs ?? 0);
    if (told.hung) figures.hangs += 1;
    else if (told.exit !== 0) figures.crashes += 1;
    if (told.hung || told.exit !== 0)
      problems.push(`${mode}: ${told.hung ? 'hung' : told.exit} ${told.said}`);
    problems.push(...told.problems.map((problem) => `${mode}, seed ${seed + number}: ${problem}`));
    const { words, corrupt, crashed, wrongOfStrays } = told.counts;
    modes[mode] = { words, corrupt, crashed, wrongOfStrays };
  }
  const { wrong, failed, crashes, hangs, slowestMs, words } = figures;
  return {
    ...figures,
    modes,
    problems: problems.slice(0, 5),
    ok:
      words >= changes && wrong + failed + crashes + hangs + problems.length === 0 && slowestMs < SLOWEST_MS,
  };
}
