import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, generate, treeOf } from '../place/place.js';

const YES = ['--yes', '--no-git'];

test.each(['sums', 'crawler', 'files', 'minimal'])(
  'a project of the template %s appears whole',
  (template) => {
    const folder = emptyFolder();
    expect(generate(['demo', '--template', template, ...YES], folder).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['demo']);
    const manifest = JSON.parse(readFileSync(join(folder, 'demo/package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'demo', scripts: { start: 'node --import tsx src/main.ts' } });
    for (const path of ['src/main.ts', '.gitignore', 'README.md', '.mproc/manifest.json', 'tsconfig.json'])
      expect(existsSync(join(folder, 'demo', path)), path).toBe(true);
  },
);

test('the same answers again change nothing', () => {
  const folder = emptyFolder();
  generate(['demo', ...YES], folder);
  const before = treeOf(folder);
  const { code, stdout } = generate(['demo', ...YES, '--json'], folder);
  expect({ code, written: JSON.parse(stdout).written }).toEqual({ code: 0, written: false });
  expect(treeOf(folder)).toEqual(before);
});

test('a dry run makes nothing at all', () => {
  const folder = emptyFolder();
  const { code, stdout } = generate(['demo', '--yes', '--dry-run'], folder);
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('create     src/main.ts'),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that holds a README, a licence, a repository and a .gitignore is one to make a project in', () => {
  const folder = emptyFolder();
  const demo = join(folder, 'demo');
  mkdirSync(join(demo, '.git'), { recursive: true });
  writeFileSync(join(demo, 'README.md'), '# mine\n');
  writeFileSync(join(demo, 'LICENSE'), 'mine\n');
  writeFileSync(join(demo, '.gitignore'), 'secrets\r\n');
  const before = treeOf(folder);
  expect(generate(['demo', ...YES], folder).code).toBe(0);
  expect(readFileSync(join(demo, 'README.md'), 'utf8')).toBe('# mine\n');
  expect(readFileSync(join(demo, '.gitignore'), 'utf8')).toMatch(
    /^secrets\r\n(?:[^\r\n]+\r\n)*node_modules\/?\r\n/,
  );
  expect(existsSync(join(demo, 'src/main.ts'))).toBe(true);
  expect(generate(['undo'], demo).code).toBe(0);
  expect(treeOf(folder)).toEqual(before);
});

test('--force makes a project around what is there, and leaves it', () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'demo'));
  writeFileSync(join(folder, 'demo/notes.txt'), 'mine');
  expect(generate(['demo', ...YES, '--force'], folder).code).toBe(0);
  expect(readFileSync(join(folder, 'demo/notes.txt'), 'utf8')).toBe('mine');
});

test('a project may be made in the folder one is in, and in folders that are not there yet', () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'here'));
  expect(generate(['.', ...YES], join(folder, 'here')).code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'here/package.json'), 'utf8')).name).toBe('here');
  expect(generate(['not/there/yet', ...YES], folder).code).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(['here', 'not']);
});

test('the next steps are those of the package manager in use', () => {
  const steps = (agent: string) =>
    JSON.parse(
      generate(['demo', ...YES, '--json', '--dry-run'], emptyFolder(), { npm_config_user_agent: agent })
        .stdout,
    ).nextSteps.join(', ');
  expect(steps('pnpm/9.0.0 npm/? node/v20')).toBe('cd demo, pnpm install, pnpm start, pnpm test');
  expect(steps('yarn/4.1.0 npm/? node/v20')).toContain('yarn install');
  expect(steps('bun/1.1 npm/? node/v20')).toContain('bun install');
  expect(steps('')).toContain('npm install');
});

test('a queue engine brings its file, its test and its client', () => {
  const folder = emptyFolder();
  expect(generate(['demo', ...YES, '--queue', 'sqlite'], folder).code).toBe(0);
  expect(readdirSync(join(folder, 'demo/src/queues'))).toEqual([
    'jobs.queue.database.ts',
    'jobs.queue.history.ts',
    'jobs.queue.joins.ts',
    'jobs.queue.limits.ts',
    'jobs.queue.test.ts',
    'jobs.queue.ts',
  ]);
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'demo/package.json'), 'utf8'));
  expect(dependencies['@photostructure/sqlite']).toMatch(/^\d+\.\d+\.\d+$/);
});

test('--runtime says where the runtime comes from', () => {
  const folder = emptyFolder();
  generate(['demo', ...YES, '--runtime', 'file:../own'], folder);
  expect(
    JSON.parse(readFileSync(join(folder, 'demo/package.json'), 'utf8')).dependencies['mproc-worker'],
  ).toBe('file:../own');
});

const GIT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', HOME: '/nonexistent' };

test('git without an identity makes a repository without a commit, and the project is there', () => {
  const folder = emptyFolder();
  const { code, stdout } = generate(['demo', '--yes'], folder, { ...GIT, GIT_AUTHOR_NAME: '', EMAIL: '' });
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/repository without a commit/),
  });
  expect(existsSync(join(folder, 'demo/.git'))).toBe(true);
});

test('git with an identity makes a first commit of everything that is not ignored', () => {
  const folder = emptyFolder();
  const identity = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@b',
  };
  expect(generate(['demo', '--yes'], folder, { ...GIT, ...identity }).code).toBe(0);
  const status = execFileSync('git', ['status', '--porcelain'], {
    cwd: join(folder, 'demo'),
    encoding: 'utf8',
  });
  expect(status).toBe('');
});

test('without git there is a project without a repository', () => {
  const folder = emptyFolder();
  const { code, stderr } = generate(['demo', '--yes'], folder, { PATH: folder });
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/no git repository was made/),
  });
  expect(existsSync(join(folder, 'demo/package.json'))).toBe(true);
});
