import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stage } from '../../../generator/writer/journal.js';
import { freshProject, generate, treeOf } from '../place/place.js';

/** A project with a change that was written into its journal by a run which then ended. */
function interruptedProject(): string {
  const project = freshProject();
  generate(['add', 'strategy', 'Patient'], project);
  const before = readFileSync(join(project, 'src/chunks.ts'));
  stage(project, {
    command: 'create-mproc-worker add something',
    files: [
      {
        path: 'src/chunks.ts',
        action: 'edit',
        before,
        contents: Buffer.concat([before, Buffer.from('// more\n')]),
      },
      {
        path: 'src/deep/er/new.ts',
        action: 'create',
        before: undefined,
        contents: Buffer.from('export {};\n'),
      },
    ],
  });
  return project;
}

/** A run that has nothing to do but to clean up. */
const nextRun = (project: string) => generate(['add', 'strategy', 'Patient'], project);

test('a change that counts as made is finished by the next run, and can be taken back', () => {
  const project = interruptedProject();
  const before = treeOf(project, /\.mproc\/(?:undo|journal)/);
  expect(nextRun(project)).toMatchObject({
    code: 0,
    stderr: 'finished `create-mproc-worker add something`, which had been interrupted\n',
  });
  expect(readFileSync(join(project, 'src/chunks.ts'), 'utf8')).toMatch(/\/\/ more\n$/);
  expect(readFileSync(join(project, 'src/deep/er/new.ts'), 'utf8')).toBe('export {};\n');
  expect(existsSync(join(project, '.mproc/journal'))).toBe(false);
  expect(generate(['undo'], project).code).toBe(0);
  expect(treeOf(project)).toEqual(before);
});

test('a change that does not count as made yet is forgotten', () => {
  const project = interruptedProject();
  rmSync(join(project, '.mproc/journal/commit.json'));
  const before = treeOf(project, /\.mproc\/(?:undo|journal)/);
  expect(nextRun(project)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('before it changed anything'),
  });
  expect(existsSync(join(project, '.mproc/journal'))).toBe(false);
  expect(treeOf(project)).toEqual(before);
});

test('a file that somebody changed in the meantime is left as it is', () => {
  const project = interruptedProject();
  writeFileSync(join(project, 'src/chunks.ts'), '// mine\n');
  expect(nextRun(project)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('src/chunks.ts was changed since'),
  });
  expect(readFileSync(join(project, 'src/chunks.ts'), 'utf8')).toBe('// mine\n');
  expect(existsSync(join(project, 'src/deep/er/new.ts'))).toBe(true);
});

test('a dry run says what is pending, and leaves it', () => {
  const project = interruptedProject();
  const before = treeOf(project);
  const { code, stderr } = generate(['add', 'strategy', 'Other', '--dry-run'], project);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('interrupted') });
  expect(treeOf(project)).toEqual(before);
});

test('undo finishes first what was interrupted, as that is the last change', () => {
  const project = interruptedProject();
  const before = treeOf(project, /\.mproc\/(?:undo|journal)/);
  expect(generate(['undo'], project)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Takes back: create-mproc-worker add something'),
  });
  expect(treeOf(project)).toEqual(before);
});

test('staged bytes that were tampered with are not written', () => {
  const project = interruptedProject();
  writeFileSync(join(project, '.mproc/journal/new/1'), 'evil\n');
  expect(nextRun(project)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/does not hold what was staged/),
  });
  expect(existsSync(join(project, 'src/deep/er/new.ts'))).toBe(false);
});
