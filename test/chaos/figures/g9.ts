import { buildProgram } from '../../../scripts/built-program.js';
import type { Measured } from '../figure.js';
import { runWatched } from './watched-program.js';

export const goal =
  'random changes to the bytes of a queue in shared memory bring typed errors: no crash, no hang of a second, no wrong payload';
export const sizes = {
  smoke: { changes: 2_000 },
  reduced: { changes: 20_000 },
  full: { changes: 1_000_000 },
};

const PROGRAM = new URL('../programs/changed-bytes.ts', import.meta.url);
/** A program that says nothing for so long hangs. */
const HUNG_AFTER_MS = 60_000;
/** Changes that one program makes before another takes over. */
const CHANGES_A_PROGRAM = 20_000;

interface Size {
  readonly changes: number;
}

export async function run({ changes }: Size): Promise<Measured> {
  const figures = {
    changes: 0,
    operations: 0,
    typedErrors: 0,
    otherErrors: 0,
    wrong: 0,
    slow: 0,
    crashes: 0,
    hangs: 0,
  };
  const problems: string[] = [];
  const program = await buildProgram(PROGRAM);
  for (let seed = 1; figures.changes < changes && problems.length < 20; seed += 1) {
    const told = await runWatched(
      [program, String(seed), String(Math.min(CHANGES_A_PROGRAM, changes - figures.changes))],
      HUNG_AFTER_MS,
    );
    for (const [name, count] of Object.entries(told.counts)) figures[name as keyof typeof figures] += count;
    if (told.hung) figures.hangs += 1;
    else if (told.exit !== 0) figures.crashes += 1;
    if (told.hung || told.exit !== 0)
      problems.push(`seed ${seed}: ${told.hung ? 'hung' : told.exit} ${told.said}`);
    problems.push(...told.problems);
    if (told.counts.changes === undefined) break;
  }
  const { otherErrors, wrong, slow, crashes, hangs } = figures;
  return {
    ...figures,
    problems: problems.slice(0, 5),
    ok: figures.changes >= changes && otherErrors + wrong + slow + crashes + hangs === 0,
  };
}
