import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { BenchResult } from '../../bench/measure/benchmark.js';
import { bestOf } from '../../bench/measure/rounds.js';
import { buildProgram } from '../../scripts/built-program.js';

const run = promisify(execFile);
const BENCH = new URL('../../bench/', import.meta.url);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A benchmark of three subjects over three rounds; one of them fails in the second, in its own way. */
function benchmarkWhere(fails: string): string {
  return `import { result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { tellResult } from './measure/tell-result.js';
let times = 0;
const failing = () => {
  times += 1;
  if (times < 2) return 7;
  ${fails}
};
await tellResult(async () => {
  const values = await alternate([
    { name: 'one', measure: () => 10 },
    { name: 'broken', measure: failing },
    { name: 'other', measure: async () => 20 },
  ], 3);
  return result('failing', {
    goals: [
      { against: 'one', ratio: medianOf(values, 'other') / medianOf(values, 'one'), goal: 2 },
      { against: 'broken', ratio: medianOf(values, 'one') / medianOf(values, 'broken'), goal: 0 },
    ],
    rows: rowsOf(values, 'jobs/s'),
  });
});
`;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

async function ended(text: string, ...flags: string[]): Promise<Ended> {
  const program = await buildProgram({ text, folder: BENCH });
  return run(process.execPath, [program, ...flags], { cwd: ROOT }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error) => error as Ended,
  );
}

test.each([
  ['throws', "throw new Error('it broke')"],
  ['rejects', "return Promise.reject(new Error('it broke'))"],
  [
    'throws where nobody catches it',
    "setTimeout(() => { throw new Error('it broke'); }); return new Promise(() => {});",
  ],
])('a subject that %s has no figure, and the others keep theirs', async (_how, fails) => {
  const { code, stdout } = await ended(benchmarkWhere(fails), '--json');
  const result = JSON.parse(stdout) as BenchResult;
  expect(result).toMatchObject({
    name: 'failing',
    ratio: 2,
    ok: false,
    checks: [
      { against: 'one', ratio: 2, ok: true },
      { against: 'broken', ratio: null, ok: false },
    ],
    rows: [
      { subject: 'one', value: 10 },
      { subject: 'broken', value: null },
      { subject: 'other', value: 20 },
    ],
    failures: [{ subject: 'broken', error: 'it broke' }],
  });
  expect(code).toBe(1);
});

test('people are told which subject has failed, and why', async () => {
  const { stdout } = await ended(benchmarkWhere("throw new Error('it broke')"));
  expect(stdout).toMatch(/✓ one: 2 /);
  expect(stdout).toMatch(/✗ broken has failed: it broke/);
});

test('the best of several is the best of those that have a figure', () => {
  expect(bestOf([Number.NaN, 3, 5, Number.NaN])).toBe(5);
  expect(bestOf([Number.NaN])).toBeNaN();
});
