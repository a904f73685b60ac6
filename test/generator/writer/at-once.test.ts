import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../../generator/plan/manifest.js';
import { emptyFolder, freshProject, generate, generateBeside, treeOf } from '../place/place.js';

test('runs at once come one after the other, and none is lost', async () => {
  const project = freshProject();
  const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
  const runs = await Promise.all(names.map((name) => generateBeside(['add', 'strategy', name], project)));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    names.map(() => ({ code: 0, stderr: '' })),
  );
  const manifest = JSON.parse(readFileSync(join(project, '.mproc/manifest.json'), 'utf8'));
  expect(manifest.added.map(({ name }: { name: string }) => name).sort()).toEqual([...names].sort());
  expect(readdirSync(join(project, '.mproc')).sort()).toEqual(['.gitignore', 'manifest.json', 'undo']);
  expect(readdirSync(join(project, '.mproc/undo'))).toHaveLength(names.length);
});

test('the same project made twice at once is made once', async () => {
  const folder = emptyFolder();
  const runs = await Promise.all([1, 2, 3].map(() => generateBeside(['demo', '--yes', '--no-git'], folder)));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(readdirSync(folder)).toEqual(['demo']);
});

test('two different projects made in one place at once give one of them, whole', async () => {
  const folder = emptyFolder();
  const templates = ['sums', 'files'];
  const runs = await Promise.all(
    templates.map((template) =>
      generateBeside(['demo', '--yes', '--no-git', '--template', template], folder),
    ),
  );
  const winner = runs.findIndex(({ code }) => code === 0);
  expect(runs.map(({ code }) => code).sort()).toEqual([0, 2]);
  const other = emptyFolder();
  generate(['demo', '--yes', '--no-git', '--template', templates[winner] ?? ''], other);
  expect(treeOf(join(folder, 'demo'))).toEqual(treeOf(join(other, 'demo')));
});

test('the lock of a dead run is taken over', () => {
  const project = freshProject();
  const dead = { host: hostname(), pid: 2 ** 22 + 1, started: 1, token: '0123456789abcdef' };
  writeFileSync(join(project, '.mproc/lock'), JSON.stringify(dead));
  expect(generate(['add', 'strategy', 'Patient'], project)).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(project, '.mproc/lock'))).toBe(false);
});

test.each([
  ['is refused where it leads out of the project', '../evil.txt', 1],
  ['is brought to its end where it stays in it', 'good.txt', 0],
])('a journal %s', (_, path, code) => {
  const project = freshProject();
  const journal = join(project, '.mproc/journal');
  mkdirSync(join(journal, 'new'), { recursive: true });
  const text = 'of the journal';
  writeFileSync(join(journal, 'new/0'), text);
  // All else of it is right, as the second row shows.
  const entries = [{ path, before: null, after: sha256(text), mode: null }];
  const record = {
    version: 1,
    id: '0123456789ab',
    command: 'x',
    entries,
    madeFolders: [],
    emptyFolders: [],
    takesBack: null,
  };
  writeFileSync(join(journal, 'commit.json'), JSON.stringify(record));
  const ended = generate(['add', 'strategy', 'Patient'], project);
  expect(ended.code, ended.stderr).toBe(code);
  if (code === 1) expect(ended.stderr).toContain('no path below the project');
  expect(existsSync(join(project, path))).toBe(code === 0);
});
