import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GeneratedProject } from './generated-project.js';

const SLOW_MS = 600_000;
let project: GeneratedProject;
beforeAll(async () => {
  project = await GeneratedProject.createLinked(['--template', 'sums']);
  writeFileSync(
    project.path('src/area.ts'),
    'export function area(width: number, height = 1): number {\n  return width * height;\n}\n',
  );
  const added = [
    await project.add('strategy', 'Patient', '--yes'),
    await project.add('worker', 'shrink', '--function', '--args', 'string', '--result', 'number', '--yes'),
    await project.add(
      'worker',
      'echo',
      '--function',
      '--args',
      '{ a: string }',
      '--result',
      '{ a: string }',
      '--strategy',
      'Patient',
      '--yes',
    ),
    await project.add(
      'worker',
      'numbers',
      '--from',
      'src/chunks.ts#numbersTo',
      '--strategy',
      'Patient',
      '--yes',
    ),
    await project.add('worker', 'area', '--from', 'src/area.ts#area', '--yes'),
  ];
  for (const { code, output } of added) expect({ code, output }).toMatchObject({ code: 0 });
}, SLOW_MS);
afterAll(() => project?.remove());

test.each(['test', 'run check', 'run build'])(
  'a project with functions as workers passes its own %s',
  async (command) => {
    const done = await project.npm(...command.split(' '));
    expect(done, done.output).toMatchObject({ code: 0 });
  },
  SLOW_MS,
);
