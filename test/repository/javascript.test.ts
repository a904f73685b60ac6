import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['bench', 'scripts', 'test/chaos'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...FOLDERS], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => /\.[cm]?js$/.test(file));

test('there is JavaScript where a loader would be in the way', () => {
  expect(files).toContain('bench/jobs/functions.mjs');
});

test.each(files)('%s says in its first line why it is no TypeScript', (file) => {
  const [first] = readFileSync(`${ROOT}${file}`, 'utf8').split('\n');
  expect(first).toMatch(/^\/\/ JavaScript: .{10,}\.$/);
});
