import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKOUT, type Finished, run } from './command.js';
import { temporaryFolder } from './generated-project.js';
import { processesIn } from './leftovers.js';

const SLOW_MS = 600_000;
let temporary: string;
beforeAll(() => {
  temporary = temporaryFolder();
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** What a run prints before the project itself runs, without its figures, which are others each time. */
function steps(printed: string): string[] {
  // What npm says of itself it does not say at a terminal.
  const lines = printed.split('\n').filter((line) => line.trim() !== '' && !/^ {3}added /.test(line));
  const first = lines.findIndex((line) => line.startsWith('1. '));
  const last = lines.findIndex((line) => line.startsWith('7. '));
  return lines.slice(first, last + 1).map((line) => line.replaceAll(/\d[\d.,]*/g, '#'));
}

/** The lines of the picture of a run in the README. */
function pictured(): string {
  const svg = readFileSync(join(CHECKOUT, 'docs/images/quickstart.svg'), 'utf8');
  const lines = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, line = '']) => line);
  return lines.join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function quickstart(env: NodeJS.ProcessEnv): Promise<Finished> {
  return run(process.execPath, ['--import', 'tsx', 'scripts/quickstart.ts'], CHECKOUT, {
    TMPDIR: temporary,
    ...env,
  });
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
    // Where it differs, draw it anew: node --import tsx scripts/record-run.ts quickstart npm run --silent quickstart
    expect(steps(pictured()).length).toBeGreaterThan(20);
    expect(steps(stdout)).toEqual(steps(pictured()));
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
