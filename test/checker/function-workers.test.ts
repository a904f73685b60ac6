import { afterEach, expect, test, vi } from 'vitest';
import { Project } from './project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let project: Project | undefined;
afterEach(() => project?.remove());

const FILE = 'src/resize.ts';
const GOOD = `import { defineWorker } from 'mproc-worker';

export const resize = defineWorker(import.meta.url, async (path: string) => path.length);
`;

test('functions count as workers, and a lost export and a wrong place are repaired', async () => {
  project = new Project({ [FILE]: GOOD });
  const clean = await project.check({ format: 'json' });
  expect(JSON.parse(clean.stdout)).toMatchObject({ findings: [], checked: { workers: 1 } });
  project.write(FILE, GOOD.replace('export const', 'const').replace('import.meta.url', "'/app/resize.js'"));
  const found = await project.check({ format: 'json' });
  const rules = (JSON.parse(found.stdout).findings as { rule: string; message: string }[]).map(
    ({ rule }) => rule,
  );
  expect(rules.sort()).toEqual(['worker-exported', 'worker-module']);
  expect((await project.check({ fix: true })).code).toBe(0);
  expect(project.read(FILE)).toBe(GOOD);
});
