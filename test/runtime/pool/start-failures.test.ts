import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { compiled } from '../../native/compile.js';

const PROGRAM = fileURLToPath(new URL('./start-failures.program.mjs', import.meta.url));
const FEW = fileURLToPath(new URL('./few-descriptors.program.mjs', import.meta.url));
const run = promisify(execFile);
const library = compiled('fail-call.c');
if (library.problem) console.log(`skipped: ${library.problem}`);
afterAll(() => library.remove?.());

interface Told {
  readonly told: string[];
  readonly isWell: boolean;
  readonly triesBeforeWork: number;
  readonly triesWithWork: number;
}

/** No process was tried to be made for nobody, and nothing is left of those tries. */
const CLEAN = { triesWithoutWork: 0, triesAfterwards: 0, left: 0 };

async function told(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Told> {
  const { stdout } = await run(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    timeout: 240_000,
  });
  return JSON.parse(stdout);
}

function failing(call: string, errno: keyof typeof constants.errno, count: number, most = 20): Promise<Told> {
  const fail = `${call}:${constants.errno[errno]}:1:${count}`;
  return told([String(most)], { LD_PRELOAD: library.file, MPROC_FAIL: fail });
}

test('an environment that is too large is what calls are told, at once', async () => {
  const figure = await told(['3', 'large']);
  expect(figure).toMatchObject({ ...CLEAN, triesBeforeWork: 1, triesWithWork: 3 });
  expect(figure.told).toEqual(
    Array(3).fill(expect.stringMatching(/^ERR_PROCESS_START: .*E2BIG.*environment/)),
  );
});

describe.skipIf(library.problem).concurrent('a system that refuses a new process', () => {
  const REFUSALS = [
    ['fork', 'EAGAIN'],
    ['exec', 'ENOMEM'],
  ] as const;

  test.each(REFUSALS)('for a moment, is asked again (%s, %s)', async (call, errno) => {
    const figure = await failing(call, errno, 3);
    expect(figure).toMatchObject({ ...CLEAN, told: ['ok'], triesBeforeWork: 1 });
  });

  test.each(REFUSALS)(
    'for long, is what calls are told, until it does no more (%s, %s)',
    async (call, errno) => {
      const figure = await failing(call, errno, 5);
      expect(figure).toMatchObject({ ...CLEAN, isWell: true, triesBeforeWork: 1 });
      expect(figure.told.length).toBeGreaterThan(1);
      const errors = figure.told.slice(0, -1);
      expect(errors).toEqual(errors.map(() => expect.stringMatching(`^ERR_PROCESS_START: .*${errno}`)));
    },
  );

  test('for good, is not asked without end', async () => {
    const figure = await failing('fork', 'EAGAIN', 0, 2);
    expect(figure).toMatchObject({ ...CLEAN, isWell: false, triesBeforeWork: 1 });
    // Four in a row until the first is told, the one before its call among them, and one for the second.
    expect(figure.triesWithWork).toBeLessThanOrEqual(4);
  });
});

test.each([
  // What is loaded when it is first used takes a descriptor: that it cannot be read does not mean that it is not there.
  ['its first pools', 'cold', 'ERR_SYSTEM'],
  ['every pool it makes', 'warm', 'ERR_MEMORY_FULL'],
])('a program with few descriptors left gets an answer or an error of %s', async (_, how, first) => {
  const words = ['-c', 'ulimit -n 120 && exec "$0" "$@"', process.execPath, FEW, how];
  const { stdout } = await run('bash', words, { timeout: 240_000 });
  const outcomes = JSON.parse(stdout);
  expect(outcomes).toHaveLength(16);
  expect(outcomes[0]).toBe(first);
  expect(outcomes).toContain('ERR_PROCESS_START');
  expect(outcomes.at(-1)).toBe('ok');
  const known = ['ok', 'ERR_MEMORY_FULL', 'ERR_PROCESS_START', first];
  expect(outcomes.filter((outcome: string) => !known.includes(outcome))).toEqual([]);
});
