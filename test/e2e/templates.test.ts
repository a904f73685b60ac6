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

function expectResultOf(template: string, stdout: string): void {
  const lines = stdout.trimEnd().split('\n');
  if (template === 'sums') expect(lines.at(-1)).toBe('5050');
  if (template === 'crawler') expect(lines.filter((line) => line.endsWith('attempt 2'))).toHaveLength(3);
  if (template === 'files') expect(lines.at(-1)).toMatch(/^[\d,]+ words in [\d,]+ files/);
}
