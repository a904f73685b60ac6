import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../runtime/src/errors/codes.js';
import { content, ROOT, repositoryFiles } from './files.js';

/** What the projects that the generator makes can run. */
const SCRIPTS_OF_A_PROJECT = ['start', 'dev', 'test', 'check', 'build'];
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

test('documents link to files that exist', () => {
  const dead = documents.flatMap((document) =>
    [...content(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, link = '']) => posix.join(posix.dirname(document), link))
      .filter((path) => !existsSync(`${ROOT}${path}`))
      .map((path) => `${document}: ${path}`),
  );
  expect(dead).toEqual([]);
});

test('documents name npm scripts that exist', () => {
  const { scripts } = JSON.parse(content('package.json')) as { scripts: Record<string, string> };
  const known = [...Object.keys(scripts), ...SCRIPTS_OF_A_PROJECT];
  const unknown = documents.flatMap((document) =>
    [...content(document).matchAll(/npm run ([\w:-]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !known.includes(name))
      .map((name) => `${document}: npm run ${name}`),
  );
  expect(unknown).toEqual([]);
});
