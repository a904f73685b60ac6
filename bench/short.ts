// Whole programs, from the start of Node.js to its end: what a person waits for who types a command.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchResult, Goal } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf } from './measure/size.js';
import { CASES } from './short/cases.mjs';

const OURS = 'mproc-worker';
const TINYPOOL = 'tinypool child_process';
const PISCINA = 'piscina';
const PROGRAMS = {
  [OURS]: 'ours.mjs',
  'mproc-worker, a function of a module': 'ours-function.mjs',
  [TINYPOOL]: 'tinypool.mjs',
  [PISCINA]: 'piscina.mjs',
};
/** Read at each start of Node.js, wherever it is set, and no part of any pool. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const subjects = Object.entries(CASES).flatMap(([name, { title }]) =>
    Object.entries(PROGRAMS).map(([peer, file]) => ({
      name: `${title}: ${peer}`,
      measure: () => programMs(file, name),
    })),
  );
  const values = await alternate(subjects, roundsOf(options, 9));
  const of = (title: string, peer: string): number => medianOf(values, `${title}: ${peer}`);
  const goals = Object.values(CASES).flatMap(({ title }): Goal[] => [
    {
      against: `${title}: ${TINYPOOL}`,
      ratio: of(title, OURS) / of(title, TINYPOOL),
      goal: 1,
      sense: 'at most',
    },
    {
      against: `${title}: ${PISCINA}`,
      ratio: of(title, OURS) / of(title, PISCINA),
      goal: 1.15,
      sense: 'at most',
    },
  ]);
  return result('short', { goals, rows: rowsOf(values, 'ms') });
}

function programMs(file: string, name: string): number {
  const path = fileURLToPath(new URL(`short/${file}`, import.meta.url));
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [path, name], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const milliseconds = performance.now() - began;
  // Each program looks at its answers by itself.
  mustBe(`${file} ${name}: exit code`, status, 0);
  return milliseconds;
}
