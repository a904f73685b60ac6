// Whole programs, from the start of Node.js to its end: what a person waits for who types a command.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mustBe, result } from './measure/result.mjs';
import { alternate, median, rowsOf } from './measure/rounds.mjs';
import { roundsOf } from './measure/size.mjs';
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

export async function run(options) {
  const subjects = Object.keys(CASES).flatMap((name) =>
    Object.entries(PROGRAMS).map(([peer, file]) => ({
      name: `${CASES[name].title}: ${peer}`,
      measure: () => programMs(file, name),
    })),
  );
  const values = await alternate(subjects, roundsOf(options, 9));
  const of = (name, peer) => median(values[`${CASES[name].title}: ${peer}`]);
  return result('short', {
    goals: Object.keys(CASES).flatMap((name) => [
      {
        against: `${CASES[name].title}: ${TINYPOOL}`,
        ratio: of(name, OURS) / of(name, TINYPOOL),
        goal: 1,
        sense: 'at most',
      },
      {
        against: `${CASES[name].title}: ${PISCINA}`,
        ratio: of(name, OURS) / of(name, PISCINA),
        goal: 1.15,
        sense: 'at most',
      },
    ]),
    rows: rowsOf(values, 'ms'),
  });
}

function programMs(file, name) {
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
