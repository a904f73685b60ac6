import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CHECKOUT, run } from './command.js';
import { GeneratedProject } from './generated-project.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

/** What the last line of a run of a template is. */
const RESULTS = {
  sums: /^5050$/,
  crawler: /attempt 2$/,
  files: /^[\d,]+ words in [\d,]+ files/,
};
const strips = Boolean((process.features as { typescript?: unknown }).typescript);
const why = strips ? 'run' : `Node.js ${process.versions.node} does not strip types: run with 22.18 or later`;
if (!strips) console.log(`not run: a generated project without tsx (${why})`);

describe.each(Object.entries(RESULTS))('a project from the template %s', (template, result) => {
  let project: GeneratedProject;
  beforeAll(async () => {
    project = await GeneratedProject.create(['--template', template]);
    symlinkSync(join(CHECKOUT, 'node_modules'), project.path('node_modules'));
  });
  afterAll(() => project?.remove());

  async function expectToRun(...flags: string[]): Promise<void> {
    const args = template === 'files' ? ['src'] : [];
    const ran = await run(process.execPath, [...flags, 'src/main.ts', ...args], project.folder);
    expect(ran, ran.output).toMatchObject({ code: 0 });
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toMatch(result);
  }

  test('runs with tsx', () => expectToRun('--import', 'tsx'));

  test.skipIf(!strips)(`runs by Node.js alone (${why})`, () => expectToRun());
});

test('a project and what is added to it pass their own tests', async () => {
  const project = await GeneratedProject.create(['--template', 'files']);
  try {
    symlinkSync(join(CHECKOUT, 'node_modules'), project.path('node_modules'));
    const added = await project.add('worker', 'Mail', '--events', 'failed', '--yes');
    expect(added, added.output).toMatchObject({ code: 0 });
    const tested = await run(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers', '2'],
      project.folder,
    );
    expect(tested, tested.output).toMatchObject({ code: 0 });
  } finally {
    project.remove();
  }
});
