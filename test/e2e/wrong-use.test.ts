import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Finished, generate } from './command.js';
import { contentOf, GeneratedProject, temporaryFolder } from './generated-project.js';

const SLOW_MS = 600_000;

/** An empty folder that is gone after the test. */
function folderOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A refusal is one line on stderr, so that a person reads it and a script can show it. */
function expectRefusal(finished: Finished, ...mentions: (string | RegExp)[]): void {
  expect(finished, finished.output).toMatchObject({ code: 2, stdout: '' });
  expect(finished.stderr.trim().split('\n')).toHaveLength(1);
  for (const mention of mentions) expect(finished.stderr).toMatch(mention);
}

describe('in a project', () => {
  let project: GeneratedProject;
  beforeAll(async () => {
    project = await GeneratedProject.createLinked(['--template', 'sums']);
  }, SLOW_MS);
  afterAll(() => project?.remove());

  test.each([
    [
      ['worker', 'class'],
      ['class', /reserved word/],
    ],
    [
      ['worker', '../x'],
      ['../x', /path/],
    ],
    [['worker', ''], [/name/]],
    [['worker', 'Sums<T>'], ['Sums<T>']],
    [['worker', 'Mail', '--args', 'string[', '--yes'], ['--args']],
    [
      ['worker', 'Mail', '--events', 'sucess'],
      ['sucess', /success/],
    ],
    [
      ['listener', 'X', '--worker', 'Missing'],
      ['Missing', 'Sums'],
    ],
    [
      ['queue', 'Orders', '--engine', 'mysql'],
      ['mysql', 'sqlite'],
    ],
    [['kitchen', 'Sink'], ['kitchen']],
  ])(
    'add %j is refused with what to do, and nothing is written',
    async (args, mentions) => {
      const before = contentOf(project.folder);
      expectRefusal(await project.add(...args, '--yes'), ...mentions);
      expect(contentOf(project.folder)).toEqual(before);
    },
    SLOW_MS,
  );

  test(
    'adding something where no project is, is refused',
    async () => {
      const folder = folderOfTest();
      expectRefusal(await generate(['add', 'worker', 'Mail', '--yes'], folder), /project/);
      expect(contentOf(folder).size).toBe(0);
    },
    SLOW_MS,
  );
});

describe('creating a project', () => {
  test('a folder that is not empty is refused, and nothing in it is changed', async () => {
    const parent = folderOfTest();
    mkdirSync(join(parent, 'demo'));
    writeFileSync(join(parent, 'demo', 'notes.txt'), 'mine');
    expectRefusal(await generate(['demo', '--yes', '--no-install', '--no-git'], parent), 'demo', /empty/);
    expect(contentOf(parent)).toEqual(
      new Map([
        ['demo', ''],
        ['demo/notes.txt', 'mine'],
      ]),
    );
  });

  test.each([
    { args: ['demo'], mentions: ['--yes'] },
    { args: [], mentions: [/create-mproc-worker/] },
    { args: ['demo', '--yes', '--template', 'nothing'], mentions: ['nothing', 'sums'] },
    { args: ['demo', '--yes', '--nonsense'], mentions: ['--nonsense'] },
    { args: ['de<mo', '--yes'], mentions: ['de<mo'] },
  ])('without a terminal, $args is refused with the command to run', async ({ args, mentions }) => {
    const parent = folderOfTest();
    expectRefusal(await generate(args, parent), ...mentions);
    expect(contentOf(parent).size).toBe(0);
  });
});
