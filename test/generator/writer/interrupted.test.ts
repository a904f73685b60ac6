import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT } from '../place/place.js';

/** How many faults a scenario gets; all of them take a quarter of an hour and are `npm run chaos -- g12`. */
const SAMPLE = process.env.MPROC_G12_SAMPLE ?? '2';

test('struck at any system call, the generator leaves what was before or what is after', {
  timeout: 900_000,
}, (context) => {
  if (spawnSync('strace', ['-V']).status !== 0) {
    const reason = 'strace is not installed, so no system call can be made to fail';
    console.warn(`skipped: ${reason}`);
    context.skip(reason);
  }
  const run = spawnSync(process.execPath, [join(CHECKOUT, 'test/chaos/g12.mjs'), '--sample', SAMPLE], {
    encoding: 'utf8',
  });
  expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '{}')).toMatchObject({
    name: 'g12',
    between: 0,
    ok: true,
  });
});
