import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { content, ROOT, repositoryFiles } from './files.js';

interface Packed {
  readonly name: string;
  readonly filename: string;
  /** Bytes that are downloaded. */
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const FOLDERS = ['', 'runtime/', 'eslint-plugin/', 'typescript-plugin/'];
const folder = mkdtempSync(join(tmpdir(), 'mproc-packs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Packs all packages, as `npm publish` does. */
function pack(): { packages: Packed[]; bytes: Map<string, Buffer> } {
  const into = mkdtempSync(join(folder, 'pack-'));
  const flags = ['--json', '--ignore-scripts', '--workspaces', '--include-workspace-root'];
  const printed = execFileSync('npm', ['pack', ...flags, '--pack-destination', into], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const bytes = new Map(readdirSync(into).map((file) => [file, readFileSync(join(into, file))]));
  return { packages: Object.values(JSON.parse(printed) as Packed[] | Record<string, Packed>), bytes };
}

const { packages, bytes } = pack();

function packed(name: string): string[] {
  return packages.find((one) => one.name === name)!.files.map((file) => file.path);
}

test('the generator ships its command, its bundle and every template, and nothing else', () => {
  const files = packed('create-mproc-worker');
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
  const files = packed('mproc-worker');
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

test('no package ships source maps: its sources are not there, and debuggers would look for them', () => {
  for (const { name, files } of packages)
    expect(
      files.filter(({ path }) => path.endsWith('.map')),
      name,
    ).toEqual([]);
  for (const file of readdirSync('runtime/dist').filter((name) => /\.c?js$/.test(name)))
    expect(content(`runtime/dist/${file}`), file).not.toContain('//# sourceMappingURL');
});

test('the runtime stays under 400 kB as it is downloaded', () => {
  expect(packages.find(({ name }) => name === 'mproc-worker')!.size).toBeLessThan(400_000);
});

test.each([
  ['eslint-plugin-mproc', ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE']],
  ['typescript-plugin-mproc', ['dist/index.cjs', 'dist/index.d.cts', 'README.md', 'LICENSE']],
])('%s ships what it built and its types, and nothing else', (name, wanted) => {
  const files = packed(name);
  expect(files.filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(wanted));
});

test('all packages have the same version and ask for the same Node.js', () => {
  const manifests = FOLDERS.map(
    (folder) => JSON.parse(content(`${folder}package.json`)) as { version: string; engines: unknown },
  );
  expect(new Set(manifests.map(({ version }) => version)).size).toBe(1);
  expect(new Set(manifests.map(({ engines }) => JSON.stringify(engines))).size).toBe(1);
});

test('the plugin for ESLint asks for the ts-morph that its rules are tested with', () => {
  const own = JSON.parse(content('eslint-plugin/package.json')) as { dependencies: Record<string, string> };
  const tested = JSON.parse(content('package.json')) as { devDependencies: Record<string, string> };
  expect(own.dependencies).toEqual({ 'ts-morph': tested.devDependencies['ts-morph'] });
});

test('the generator installs nothing: what making a project needs is in its bundle', () => {
  const manifest = JSON.parse(content('package.json')) as { dependencies?: Record<string, string> };
  expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
});

test('packing twice gives the same bytes, and nothing of the folder it was packed in', () => {
  const again = pack().bytes;
  expect([...again.keys()].sort()).toEqual([...bytes.keys()].sort());
  for (const [file, tarball] of bytes) {
    expect(tarball.equals(again.get(file)!), file).toBe(true);
    expect(gunzipSync(tarball).includes(ROOT), file).toBe(false);
  }
});

test('all packages name the same repository, and their READMEs link to it, as npm shows them alone', () => {
  const [address] = /https:[^#]+/.exec(
    (JSON.parse(content('package.json')) as { homepage: string }).homepage,
  )!;
  for (const folder of FOLDERS)
    expect(JSON.parse(content(`${folder}package.json`)), folder).toMatchObject({
      repository: {
        ...{ type: 'git', url: `git+${address}.git` },
        ...(folder === '' ? {} : { directory: folder.slice(0, -1) }),
      },
      homepage: `${address}#readme`,
      bugs: `${address}/issues`,
      keywords: expect.arrayContaining(['worker', 'pool']),
    });
  for (const path of FOLDERS.map((folder) => `${folder}README.md`)) {
    const links = [...content(path).matchAll(/(?:\]\(|^\[[^\]]+\]: )([^)\s]+)/gm)].map(
      ([, link = '']) => link,
    );
    expect(
      links.filter((link) => !/^(https:|#)/.test(link)),
      path,
    ).toEqual([]);
    const inRepository = links.flatMap((link) => /\/(?:blob\/)?main\/([^#]+)/.exec(link)?.[1] ?? []);
    expect(inRepository.length, path).toBeGreaterThan(1);
    expect(
      inRepository.filter((file) => !repositoryFiles().includes(file)),
      path,
    ).toEqual([]);
    expect(
      links.filter((link) => /github/.test(link) && !link.includes(address!.slice(18))),
      path,
    ).toEqual([]);
  }
});
