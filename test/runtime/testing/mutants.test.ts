import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const CONFIG = 'test/runtime/testing/mutant-kit.config.ts';

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

/** The kit in a Vitest of its own, which stops at the first failure. */
async function runKit(mutant: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [vitest, 'run', '--config', CONFIG, '--bail', '1'], {
    cwd: root,
    env: { ...process.env, MPROC_MUTANT: mutant, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}

test('the reference, which has nothing wrong, passes the kit', { timeout: 240_000 }, async () => {
  const { code, output } = await runKit('');
  expect(code, output).toBe(0);
});

describe.concurrent('the kit kills', { timeout: 600_000 }, () => {
  test.each(Object.keys(MUTANTS))('a queue where %s', async (mutant) => {
    const { code, output } = await inTurn(() => runKit(mutant));
    expect(code, output).toBe(1);
    // It failed for what it does, not for what it cannot load.
    expect(output).toMatch(/FAIL .*mutant-kit\.ts > queue mutant > /);
  });
});
