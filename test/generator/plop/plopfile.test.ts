import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, freshProject, treeOf } from '../place/place.js';

/** A project that has this package among its dependencies, as after `npm install`. */
function installedProject(): string {
  const project = freshProject();
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(CHECKOUT, join(project, 'node_modules', 'create-mproc-worker'));
  return project;
}

function plop(project: string, ...args: string[]) {
  const program = join(CHECKOUT, 'node_modules', 'plop', 'bin', 'plop.js');
  return spawnSync(process.execPath, [program, '--no-progress', ...args], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: '', NO_COLOR: '1' },
  });
}

test('plop in a project offers what `add` offers, and writes by the same plan', () => {
  const project = installedProject();
  const { status, stdout } = plop(
    project,
    'worker',
    '--',
    '--Name',
    'Mail',
    '--args',
    'string',
    '--result',
    'boolean',
  );
  expect(status, stdout).toBe(0);
  expect(readFileSync(join(project, 'src/workers/mail.worker.ts'), 'utf8')).toContain(
    'extends Worker<string, boolean>',
  );
  const manifest = JSON.parse(readFileSync(join(project, '.mproc/manifest.json'), 'utf8'));
  expect(manifest.added).toMatchObject([{ kind: 'worker', name: 'Mail' }]);
});

test('what `add` refuses, plop refuses too, and the tree is untouched', () => {
  const project = installedProject();
  const before = treeOf(project);
  const { status, stdout, stderr } = plop(
    project,
    'worker',
    '--',
    '--Name',
    '../x',
    '--args',
    'string',
    '--result',
    'boolean',
  );
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain('it is a path');
  expect(treeOf(project)).toEqual(before);
});
