import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../e2e/command.js';
import { content, ROOT } from './files.js';

const SLOW_MS = 240_000;
const require = createRequire(import.meta.url);
const examples = readdirSync(`${ROOT}examples`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test(
  'every example compiles',
  async () => {
    const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const compiled = await run(process.execPath, [compiler, '--noEmit', '-p', 'examples'], ROOT);
    expect(compiled, compiled.output).toMatchObject({ code: 0 });
  },
  SLOW_MS,
);

test.each(examples)(
  'the example %s prints what it says',
  async (example) => {
    const ran = await run(process.execPath, ['--import', 'tsx', `${example}/main.ts`], `${ROOT}examples`);
    expect(ran, ran.output).toMatchObject({ code: 0 });
    expect(ran.stdout).toBe(content(`examples/${example}/output.txt`));
  },
  SLOW_MS,
);

test('every example is listed', () => {
  const listed = [...content('examples/README.md').matchAll(/\]\(([\w-]+)\/main\.ts\)/g)].map(
    ([, name]) => name,
  );
  expect(listed.sort()).toEqual([...examples].sort());
});
