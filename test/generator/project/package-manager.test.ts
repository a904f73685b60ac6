import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageManagerOf } from '../../../generator/project/package-manager.js';
import { emptyFolder, generate } from '../place/place.js';

/** A folder with these files, and the path of a package in it that is not there yet. */
function around(files: Record<string, string>): string {
  const root = emptyFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return join(root, 'packages/demo');
}

const WORKSPACES = '{ "workspaces": ["packages/*"] }';

test.each([
  ['a workspace of pnpm', { 'pnpm-workspace.yaml': 'packages: ["packages/*"]' }, 'pnpm'],
  ['of npm', { 'package.json': WORKSPACES, 'package-lock.json': '{}' }, 'npm'],
  ['that was not installed yet', { 'package.json': WORKSPACES }, 'npm'],
  ['of Yarn', { 'package.json': WORKSPACES, 'yarn.lock': '' }, 'yarn'],
  ['of bun', { 'package.json': WORKSPACES, 'bun.lock': '' }, 'bun'],
  [
    'that names its manager for Corepack',
    { 'package.json': '{ "workspaces": ["packages/*"], "packageManager": "yarn@4.1.0" }' },
    'yarn',
  ],
  ['a folder that is no workspace', { 'package.json': '{}', 'yarn.lock': '' }, 'bun'],
  ['one with a manifest that cannot be read', { 'package.json': '{', 'yarn.lock': '' }, 'bun'],
])('the manager of %s around a project is taken', (_, files, expected) => {
  const environment = { npm_config_user_agent: 'bun/1.2.0 node/v20' };
  expect(packageManagerOf(around(files as Record<string, string>), environment).id).toBe(expected);
});

test("a project's own lock file, or what it names for Corepack, comes before the workspace", () => {
  const files = { 'pnpm-workspace.yaml': '' };
  const withLock = around({ ...files, 'packages/demo/yarn.lock': '' });
  expect(packageManagerOf(withLock, {}).id).toBe('yarn');
  const named = around({ ...files, 'packages/demo/package.json': '{ "packageManager": "bun@1.2.0" }' });
  expect(packageManagerOf(named, {}).id).toBe('bun');
});

test('a new project has what its manager must be told, unless a workspace around it is told that', () => {
  const plan = (folder: string, ...flags: string[]) => {
    const { stdout } = generate(['demo', '--yes', '--no-git', '--dry-run', '--json', ...flags], folder);
    const { files, nextSteps } = JSON.parse(stdout) as { files: { path: string }[]; nextSteps: string[] };
    return { files: files.map(({ path }) => path), nextSteps };
  };
  const alone = emptyFolder();
  expect(plan(alone, '--pm', 'pnpm').files).toContain('pnpm-workspace.yaml');
  expect(plan(alone, '--pm', 'yarn').files).toContain('.yarnrc.yml');
  expect(plan(alone).files).not.toContain('pnpm-workspace.yaml');
  const packages = dirname(around({ 'pnpm-workspace.yaml': '', 'packages/.keep': '' }));
  const inside = plan(packages);
  expect(inside.files).not.toContain('pnpm-workspace.yaml');
  expect(inside.nextSteps).toContain('pnpm install');
});

test('what a workspace of pnpm must be told is said, once', () => {
  const create = (settings: string) => {
    const packages = dirname(around({ 'pnpm-workspace.yaml': settings, 'packages/.keep': '' }));
    return generate(['demo', '--yes', '--no-git', '--no-install'], packages).stderr;
  };
  expect(create('packages: ["packages/*"]')).toMatch(/add to .*pnpm-workspace\.yaml:\n\n.*koffi: false/s);
  expect(create('allowBuilds: { koffi: false }')).toBe('');
});
