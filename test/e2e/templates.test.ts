import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './command.js';
import { GeneratedProject } from './generated-project.js';
import { processesIn } from './leftovers.js';

const SLOW_MS = 600_000;
/** What the first of the projects has in its package.json. */
let asked: object | undefined;

describe.each(['sums', 'crawler', 'files'])('a project from the template %s', (template) => {
  let project: GeneratedProject;
  beforeAll(async () => {
    // All of them ask for the same packages: one installation shows that these can be had.
    const create = template === 'sums' ? GeneratedProject.createInstalled : GeneratedProject.createLinked;
    project = await create(['--template', template]);
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

  test('asks for no other package than the first does', () => {
    const { name, ...manifest } = JSON.parse(readFileSync(project.path('package.json'), 'utf8'));
    expect(name).toBe('demo');
    asked ??= manifest;
    expect(manifest).toEqual(asked);
  });

  test('leaves no process behind, and so no shared memory', () => {
    expect(processesIn(project.folder)).toEqual([]);
  });
});

function expectResultOf(template: string, stdout: string): void {
  const lines = stdout.trimEnd().split('\n');
  if (template === 'sums') expect(lines.at(-1)).toBe('5050');
  if (template === 'crawler') expect(lines.filter((line) => line.endsWith('attempt 2'))).toHaveLength(3);
  if (template === 'files') expect(lines.at(-1)).toMatch(/^[\d,]+ words in [\d,]+ files/);
}
