import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildProgram } from '../../../scripts/built-program.js';

/** How many faults a scenario gets; all of them take a quarter of an hour and are `npm run chaos -- g12`. */
const SAMPLE = process.env.MPROC_G12_SAMPLE ?? '2';

test('struck at any system call, the generator leaves what was before or what is after', {
  timeout: 900_000,
}, async (context) => {
  if (spawnSync('strace', ['-V']).status !== 0) {
    const reason = 'strace is not installed, so no system call can be made to fail';
    console.warn(`skipped: ${reason}`);
    context.skip(reason);
  }
  const program = await buildProgram(new URL('../../chaos/g12.ts', import.meta.url));
  const run = spawnSync(process.execPath, [program, '--sample', SAMPLE], { encoding: 'utf8' });
  expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '{}')).toMatchObject({
    name: 'g12',
    between: 0,
    ok: true,
  });
});
