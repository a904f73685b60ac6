import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, emptyFolder as emptyFolderIn } from '../place/place.js';

/** Packages are looked for in all folders above: what somebody has installed there must not be found. */
const alone = [tmpdir(), '/var/tmp', '/dev/shm'].find((parent) => !findsTsMorph(parent));

function findsTsMorph(folder: string): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve('ts-morph');
    return true;
  } catch {
    return false;
  }
}

function emptyFolder(): string {
  if (alone === undefined) throw new Error('ts-morph is installed above every folder that this test may use');
  return emptyFolderIn(alone);
}

/** The package as a stranger gets it: what is packed, and no dependency of it. */
function strangersCopy(): string {
  const copy = join(emptyFolder(), 'create-mproc-worker');
  for (const part of ['bin', 'dist', 'templates', 'package.json', 'plopfile.js'])
    cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
  return copy;
}

function generateBy(copy: string, cwd: string, ...args: string[]) {
  const run = spawnSync(process.execPath, [join(copy, 'bin/create-mproc-worker.js'), ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

test('without any dependency installed, projects are made and things are added to them', () => {
  const copy = strangersCopy();
  const folder = emptyFolder();
  expect(generateBy(copy, folder, 'demo', '--yes', '--no-git')).toMatchObject({ code: 0, stderr: '' });
  const demo = join(folder, 'demo');
  for (const words of ['worker Mail --events all', 'queue Orders --engine sqlite', 'strategy Patient'])
    expect(generateBy(copy, demo, 'add', ...words.split(' '))).toMatchObject({ code: 0, stderr: '' });
});

test('what needs the compiler says so in one line, and what to do', () => {
  const copy = strangersCopy();
  const folder = emptyFolder();
  generateBy(copy, folder, 'demo', '--yes', '--no-git');
  const { code, stderr } = generateBy(
    copy,
    join(folder, 'demo'),
    'add',
    'listener',
    'Audit',
    '--worker',
    'Sums',
  );
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/needs ts-morph.*npm install[^\n]*\n$/),
  });
});

test('a published generator gives projects its own version of both packages', () => {
  const copy = strangersCopy();
  const folder = emptyFolder();
  generateBy(copy, folder, 'demo', '--yes', '--no-git');
  const { version } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(folder, 'demo/package.json'), 'utf8'));
  expect(manifest.dependencies['mproc-worker']).toBe(version);
  expect(manifest.devDependencies['create-mproc-worker']).toBe(version);
});
