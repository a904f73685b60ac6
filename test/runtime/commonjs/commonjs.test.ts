import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const require = createRequire(import.meta.url);

test.each([
  ['as it is', []],
  ['where Node.js cannot require ES modules', ['--no-experimental-require-module']],
])(
  'a program of CommonJS runs jobs, and has one library for require and import (%s)',
  async (_, flags) => {
    const { stdout } = await run(process.execPath, [...flags, here('program.cjs')]);
    expect(JSON.parse(stdout)).toEqual({
      sums: [3, 3],
      alone: 2,
      heard: ['job.event.retry'],
      error: 'as asked',
      differing: [],
      differingInChild: [],
    });
  },
  240_000,
);

test('plain JavaScript with JSDoc, and TypeScript that is compiled to CommonJS, find the types', async () => {
  const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', here('tsconfig.json')]);
  expect(stdout).toBe('');
});

test('the kit for queues can be required by a test that Vitest runs', () => {
  const required = require('mproc-worker/testing') as typeof import('mproc-worker/testing');
  expect(required.describeQueue).toBeTypeOf('function');
});
