import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, freshProject, generateAlone } from '../place/place.js';

/** Package managers that only write down how they were called, before all others on the PATH. */
function managersThatEndWith(code: number): { environment: NodeJS.ProcessEnv; calls: () => string[] } {
  const folder = emptyFolder();
  const log = join(folder, 'calls');
  for (const name of ['npm', 'pnpm', 'yarn', 'bun']) {
    writeFileSync(
      join(folder, name),
      `#!/bin/sh\necho "${name} $* in $(basename "$PWD")" >> "${log}"\nexit ${code}\n`,
    );
    chmodSync(join(folder, name), 0o755);
  }
  return {
    environment: { PATH: `${folder}:${process.env.PATH}` },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
}

test.each([
  [['--install'], 'npm/10.0.0 node/v20', ['npm install in demo']],
  [['--install'], 'pnpm/9.0.0 npm/? node/v20', ['pnpm install in demo']],
  [['--install', '--pm', 'yarn'], 'npm/10.0.0 node/v20', ['yarn install in demo']],
  [['--no-install'], 'npm/10.0.0 node/v20', []],
  [[], 'npm/10.0.0 node/v20', []],
])('a project made with %j under %s installs as asked', (flags, agent, calls) => {
  const managers = managersThatEndWith(0);
  const environment = { ...managers.environment, npm_config_user_agent: agent };
  expect(generateAlone(['demo', '--yes', '--no-git', ...flags], emptyFolder(), environment).code).toBe(0);
  expect(managers.calls()).toEqual(calls);
});

test('an installation that fails is exit code 1, and the project is there', () => {
  const folder = emptyFolder();
  const { environment } = managersThatEndWith(3);
  const { code, stderr } = generateAlone(['demo', '--yes', '--no-git', '--install'], folder, environment);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/`npm install` failed \(exit code 3\)/),
  });
  expect(existsSync(join(folder, 'demo/package.json'))).toBe(true);
});

test.each([
  [true, [], ['npm install in demo']],
  [true, ['--no-install'], []],
  [false, [], []],
  [false, ['--install'], ['npm install in demo']],
])('a queue with a client, added to a project that is installed (%s) with %j', (installed, flags, calls) => {
  const project = freshProject();
  if (installed) mkdirSync(join(project, 'node_modules'));
  const managers = managersThatEndWith(0);
  const args = ['add', 'queue', 'Orders', '--engine', 'sqlite', ...flags];
  expect(generateAlone(args, project, managers.environment).code).toBe(0);
  expect(managers.calls()).toEqual(calls);
});
