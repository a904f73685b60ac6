import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const CONFIG = 'test/runtime/realm/in-realm.config.ts';

test('where a test runner gives each file a context of its own, as Jest does, the library is of that context', async () => {
  const args = [vitest, 'run', '--config', CONFIG, '--reporter=json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 240_000 });
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 1 });
});
