import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { renderFolder } from '../../generator/templates/tree.js';
import { run } from '../e2e/command.js';
import { content, ROOT } from './files.js';

const SLOW_MS = 600_000;
const require = createRequire(import.meta.url);
const examples = readdirSync(`${ROOT}examples`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => {
    const main = readdirSync(`${ROOT}examples/${entry.name}`).find((file) =>
      /^main\.(ts|js|cjs)$/.test(file),
    );
    return { name: entry.name, main: `${entry.name}/${main}` };
  });

test(
  'every example compiles',
  async () => {
    const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const compiled = await run(process.execPath, [compiler, '--noEmit', '-p', 'examples'], ROOT);
    expect(compiled, compiled.output).toMatchObject({ code: 0 });
  },
  SLOW_MS,
);

test.concurrent.each(examples)(
  'the example $name prints what it says',
  async ({ name, main }) => {
    const loader = main.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const ran = await run(process.execPath, [...loader, main], `${ROOT}examples`);
    expect(ran, ran.output).toMatchObject({ code: 0 });
    expect(ran.stdout).toBe(content(`examples/${name}/output.txt`));
  },
  SLOW_MS,
);

/** What the first line of a program says of it. */
function saysOf({ main }: { main: string }): string {
  return /^\/\/ (.+)\n/.exec(content(`examples/${main}`))![1]!;
}

test('the list of examples says what their first lines say (`npx vitest run test/repository -u` writes it anew)', async () => {
  const rows = examples.map((example) => `| [${example.name}](${example.main}) | ${saysOf(example)} |`);
  const page = content('examples/README.md').replace(/<!-- examples -->[\s\S]*<!-- end of examples -->/, () =>
    [
      '<!-- examples -->',
      '',
      '| example | shows |',
      '| --- | --- |',
      ...rows,
      '',
      '<!-- end of examples -->',
    ].join('\n'),
  );
  await expect(page).toMatchFileSnapshot('../../examples/README.md');
});

test('the queue of the example of flows is the one that the generator writes', () => {
  const files = renderFolder('queue/sqlite', { name: 'Orders', kebab: 'orders', camel: 'orders' });
  const written = files.filter(({ path }) => !path.endsWith('.test.ts'));
  expect(written.map(({ path }) => basename(path))).toEqual(
    readdirSync(`${ROOT}examples/flow`).filter((file) => file.startsWith('orders.queue.')),
  );
  for (const { path, contents } of written) expect(content(`examples/flow/${basename(path)}`)).toBe(contents);
});
