import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKOUT, type Finished, run } from './command.js';
import { temporaryFolder } from './generated-project.js';
import { processesIn } from './leftovers.js';

const SLOW_MS = 240_000;
let temporary: string;
beforeAll(() => {
  temporary = temporaryFolder();
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

function quickstart(env: NodeJS.ProcessEnv): Promise<Finished> {
  return run(process.execPath, ['scripts/quickstart.mjs'], CHECKOUT, { TMPDIR: temporary, ...env });
}

test(
  'the quickstart makes a project, adds to it, checks it, and counts thousands of files',
  async () => {
    const { code, output, stdout } = await quickstart({});
    expect(code, output).toBe(0);
    for (const step of ['create', 'install', 'a worker', 'a listener', 'a queue', 'check', 'run'])
      expect(stdout).toMatch(new RegExp(`^\\d\\. .*${step}`, 'm'));
    const files = /words in ([\d,]+) files/.exec(stdout)?.[1]?.replaceAll(',', '');
    expect(Number(files)).toBeGreaterThan(1_000);
    expect(stdout.trimEnd()).toMatch(/All \d+ steps succeeded in [\d.]+ s\.$/);
    expect(readdirSync(temporary).filter((name) => name.startsWith('mproc-'))).toEqual([]);
    expect(processesIn(temporary)).toEqual([]);
  },
  SLOW_MS,
);

test(
  'a step that fails is named, with what it printed, and the exit code is 1',
  async () => {
    // Without npm in reach the second step cannot begin.
    const { code, stderr } = await quickstart({ PATH: temporary });
    expect(code).toBe(1);
    expect(stderr).toContain('ENOENT');
    expect(stderr).toMatch(/Step \d, "install it", failed: /);
  },
  SLOW_MS,
);
