import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KILLED_BY } from './killed-by.js';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const CONFIG = 'test/runtime/testing/mutant-kit.config.ts';
/** Some mutants leave their files; here they are found, and removed. */
const leftBehind = mkdtempSync(join(tmpdir(), 'mproc-mutants-'));

interface Result {
  /** The mutant, its queue, the part of the kit. */
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

let results: readonly Result[];
let output: string;

/** All mutants in one Vitest: each is left alone at its first failure. */
beforeAll(async () => {
  const report = join(leftBehind, 'report.json');
  const args = ['run', '--config', CONFIG, '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', TMPDIR: leftBehind },
  });
  output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  await once(child, 'exit');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: readonly { readonly assertionResults: readonly Result[] }[];
  };
  results = testResults.flatMap((file) => file.assertionResults);
});

afterAll(() => rmSync(leftBehind, { recursive: true, force: true }));

test('every mutant has its place', () => {
  expect(Object.values(KILLED_BY).flat().sort()).toEqual(Object.keys(MUTANTS).sort());
});

const cases = Object.entries(KILLED_BY).flatMap(([part, mutants]) => mutants.map((mutant) => [part, mutant]));

describe('the kit kills', () => {
  test.each(cases)('with its tests of %s a queue where %s', (part, mutant) => {
    // In a test of its own, not for what it cannot load.
    const tests = results.filter(({ ancestorTitles }) => ancestorTitles.includes(`queue ${mutant}`));
    const failed = tests.filter(({ status }) => status === 'failed');
    expect(
      failed.map(({ ancestorTitles }) => ancestorTitles.at(-1)),
      output,
    ).toEqual([part]);
  });
});
