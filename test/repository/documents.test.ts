import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../runtime/src/errors/codes.js';
import { content, ROOT, repositoryFiles } from './files.js';

const documents = repositoryFiles().filter((path) =>
  /^(README|CHANGELOG|CONTRIBUTING)\.md$|^(docs|examples)\/.*\.md$/.test(path),
);

test('every error code is documented (`npx vitest run test/repository -u` writes the page anew)', async () => {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  const page = [
    '# Error codes',
    '',
    'Every error of `mproc-worker` has a `code`. Codes are stable, messages are not.',
    'This page is made from `runtime/src/errors/codes.ts`.',
    '',
    '| code | meaning, and what to do |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/errors.md');
});

test.each(documents)('%s links to files that exist', (document) => {
  const links = [...content(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
  const dead = links.filter((link) => !existsSync(`${ROOT}${posix.join(posix.dirname(document), link)}`));
  expect(dead).toEqual([]);
});

test.each(documents)('%s names npm scripts that exist', (document) => {
  const { scripts } = JSON.parse(content('package.json')) as { scripts: Record<string, string> };
  const generated = ['start', 'dev', 'check', 'build', 'test'];
  const named = [...content(document).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts) && !generated.includes(name))).toEqual([]);
});
