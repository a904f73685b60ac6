import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const CONFIG = 'test/runtime/testing/mutant-kit.config.ts';
/** Some mutants leave their files; here they are found, and removed. */
const leftBehind = mkdtempSync(join(tmpdir(), 'mproc-mutants-'));

afterAll(() => rmSync(leftBehind, { recursive: true, force: true }));

/** So many kits at once; more would be slowed down to failures that prove nothing. */
const free = Array.from({ length: 3 }, () => Promise.resolve());

async function inTurn<R>(run: () => Promise<R>): Promise<R> {
  const turn = free.shift();
  const result = (turn ?? Promise.resolve()).then(run);
  free.push(
    result.then(
      () => {},
      () => {},
    ),
  );
  return result;
}

/** Which part of the kit must kill which mutant. */
const KILLED_BY: Record<string, readonly string[]> = {
  'putting and taking': [
    'dedupe keys are forgotten when their value is leased',
    'dedupe keys are ignored',
    'dedupe keys outlive the death of their value',
    'iterating does not acknowledge',
    'long names are cut',
    'names that are alike are one queue',
    'put answers before the engine has the values',
    'values are kept as they are, and so are those handed out',
    'values pass through plain JSON',
    'what cannot be sent is put as null',
  ],
  order: [
    'delays of put are ignored',
    'last in, first out',
    'priorities are forgotten with a delay',
    'priorities are ignored',
    'an undeclared ability is silently ignored',
  ],
  waiting: [
    'claiming is not atomic',
    'reserve gives one at least',
    'reserve waits to fill its batch',
    'an aborted wait goes on and leases',
  ],
  leases: [
    'ack ignores the token',
    'ack succeeds after the lease has ended',
    'nack ignores the token',
    'extend ignores the token',
    'extensions add up',
    'outcomes come in another order',
    'a lease that is named twice is ok twice',
    'every outcome is ok',
    'a value that is given back is lost',
    'nack does nothing until the lease ends',
    'attempts are never counted',
    'refunds are ignored',
    'delays of nack are ignored',
    'leases never end',
    'leases end too soon',
    'extend says ok and extends nothing',
    'every delivery has the same token',
  ],
  'dead letters': [
    'expiries are not counted as attempts',
    'failures and ended leases are counted apart',
    'dead one attempt too late',
    'dead one attempt too soon',
    'what failed too often vanishes',
  ],
  looking: [
    'clear says a number that is not true',
    'clear takes leases too',
    'looking counts as an attempt',
    'leased values are shown',
  ],
  'closing and destroying': [
    'close keeps the leases',
    'close gives back the leases of others',
    'a closed queue can be used',
    'destroy leaves the data',
    'durable is said of what ends with its process',
  ],
  'records put there by others': [
    'a record that cannot be read ends every look',
    'a record that cannot be read vanishes',
    'a record that cannot be read is handed out as undefined',
  ],
  deaths: ['what a dead process held is lost'],
};

/** The kit, or a part of it, in a Vitest of its own, which stops at the first failure. */
async function runKit(mutant: string, part?: string): Promise<{ code: number | null; output: string }> {
  const only = part === undefined ? [] : ['-t', `queue mutant ${part} `];
  const child = spawn(process.execPath, [vitest, 'run', '--config', CONFIG, '--bail', '1', ...only], {
    cwd: root,
    env: { ...process.env, MPROC_MUTANT: mutant, NO_COLOR: '1', TMPDIR: leftBehind },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}

test('every mutant has its place', () => {
  expect(Object.values(KILLED_BY).flat().sort()).toEqual(Object.keys(MUTANTS).sort());
});

test('the reference, which has nothing wrong, passes the kit', { timeout: 240_000 }, async () => {
  const { code, output } = await runKit('');
  expect(code, output).toBe(0);
});

const cases = Object.entries(KILLED_BY).flatMap(([part, mutants]) => mutants.map((mutant) => [part, mutant]));

describe.concurrent('the kit kills', { timeout: 600_000 }, () => {
  test.each(cases)('with its tests of %s a queue where %s', async (part, mutant) => {
    const { code, output } = await inTurn(() => runKit(mutant, part));
    expect(code, output).toBe(1);
    // It failed for what it does, not for what it cannot load.
    expect(output).toContain(`mutant-kit.ts > queue mutant > ${part} > `);
  });
});
