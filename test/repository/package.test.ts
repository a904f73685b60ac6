import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { content, ROOT, repositoryFiles } from './files.js';

interface Packed {
  readonly name: string;
  readonly files: readonly { readonly path: string }[];
}

function packed(workspace: string[]): string[] {
  const printed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...workspace], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const described = JSON.parse(printed) as Packed[] | Record<string, Packed>;
  return Object.values(described).flatMap((one) => one.files.map((file) => file.path));
}

test('the generator ships its command, its bundle and every template, and nothing else', () => {
  const files = packed([]);
  const known =
    /^(bin\/|dist\/|docs\/rules\/|templates\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$|plopfile\.js$)/;
  expect(files.filter((path) => !known.test(path))).toEqual([]);
  expect(files).toContain('bin/create-mproc-worker.js');
  expect(files).toContain('dist/cli.js');
  expect(files).toContain('dist/THIRD-PARTY-LICENSES.txt');
  const templates = repositoryFiles().filter((path) => path.startsWith('templates/'));
  expect(templates.filter((path) => !files.includes(path))).toEqual([]);
});

test('the runtime ships what it built and its types, and nothing else', () => {
  const files = packed(['--workspace', 'mproc-worker']);
  const known = /^(dist\/|package\.json$|README\.md$|LICENSE$)/;
  expect(files.filter((path) => !known.test(path))).toEqual([]);
  for (const path of [
    'dist/index.js',
    'dist/index.cjs',
    'dist/core.cjs',
    'dist/index.d.ts',
    'dist/index.d.cts',
  ])
    expect(files).toContain(path);
});

test('both packages have the same version and ask for the same Node.js', () => {
  const [generator, runtime] = ['package.json', 'runtime/package.json'].map(
    (path) => JSON.parse(content(path)) as { version: string; engines: unknown },
  );
  expect(runtime?.version).toBe(generator?.version);
  expect(runtime?.engines).toEqual(generator?.engines);
});

test('the generator installs nothing: what making a project needs is in its bundle', () => {
  const manifest = JSON.parse(content('package.json')) as { dependencies?: Record<string, string> };
  expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
});
