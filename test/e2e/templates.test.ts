import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './command.js';
import { GeneratedProject } from './generated-project.js';
import { orphanedSegments, processesIn } from './leftovers.js';

const SLOW_MS = 240_000;

describe.each(['sums', 'crawler', 'files'])('a project from the template %s', (template) => {
  let project: GeneratedProject;
  beforeAll(async () => {
    project = await GeneratedProject.createInstalled(['--template', template]);
  }, SLOW_MS);
  afterAll(() => project?.remove());

  test(
    'starts',
    async () => {
      const started = await project.npm('start');
      expect(started, started.output).toMatchObject({ code: 0 });
      expectResultOf(template, started.stdout);
    },
    SLOW_MS,
  );

  test(
    'passes its own tests',
    async () => {
      const tested = await project.npm('test');
      expect(tested, tested.output).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );

  test(
    'passes its own check',
    async () => {
      const checked = await project.npm('run', 'check');
      expect(checked, checked.output).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );

  test(
    'builds, and what was built runs without tsx',
    async () => {
      const built = await project.npm('run', 'build');
      expect(built, built.output).toMatchObject({ code: 0 });
      const ran = await run(process.execPath, ['dist/main.js'], project.folder);
      expect(ran, ran.output).toMatchObject({ code: 0 });
      expectResultOf(template, ran.stdout);
    },
    SLOW_MS,
  );

  test('leaves no process and no shared memory behind', () => {
    expect(processesIn(project.folder)).toEqual([]);
    expect(orphanedSegments()).toEqual([]);
  });
});

describe('the files template', () => {
  let project: GeneratedProject;
  beforeAll(async () => {
    project = await GeneratedProject.createInstalled(['--template', 'files']);
    mkdirSync(project.path('texts/deep'), { recursive: true });
    writeFileSync(project.path('texts/one.md'), 'apple apple pear');
    writeFileSync(project.path('texts/deep/two.txt'), 'apple');
    writeFileSync(project.path('texts/deep/picture.txt'), 'apple\0');
  }, SLOW_MS);
  afterAll(() => project?.remove());

  test(
    'counts the folders it is given and says what it left out',
    async () => {
      const { stdout, code } = await project.npm('start', '--silent', '--', 'texts');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}md +1 +3$/m);
      expect(stdout).toMatch(/^ {2}apple +3$/m);
      expect(stdout).toMatch(/^4 words in 2 files \(0\.0 MB\), 1 skipped: /m);
    },
    SLOW_MS,
  );
});

function expectResultOf(template: string, stdout: string): void {
  const lines = stdout.trimEnd().split('\n');
  if (template === 'sums') expect(lines.at(-1)).toBe('5050');
  if (template === 'crawler') expect(lines.filter((line) => line.endsWith('attempt 2'))).toHaveLength(3);
  if (template === 'files') expect(lines.at(-1)).toMatch(/^[\d,]+ words in [\d,]+ files/);
}
