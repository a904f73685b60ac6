import { expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';

/** In parts, so that this file does not hold what it forbids. */
const MACHINE_PATHS = ['wo' + 'rk/', 'ro' + 'ot/', 'ho' + 'me/'].map(
  (path) => new RegExp(`(^|[\\s'"\`(=:])/${path}\\w`, 'm'),
);
const AUTHORS = new RegExp(
  `\\b(${['cla' + 'ude', 'anth' + 'ropic', 'chat' + 'gpt', 'co' + 'pilot', 'l' + 'lm'].join('|')})\\b`,
  'i',
);
const REGISTRY = /registry\.(npmjs|yarnpkg)\.\w+/;

const TEXT = /\.(ts|js|mjs|json|md|hbs|svg|yml|yaml)$|^\.ci\/run$|^LICENSE$|^\.\w+$/;

function filesWith(pattern: RegExp, except: RegExp = /^$/): string[] {
  return repositoryFiles().filter(
    (path) => TEXT.test(path) && !except.test(path) && pattern.test(content(path)),
  );
}

test.each(MACHINE_PATHS)('no file names a folder of the machine it was written on: %s', (pattern) => {
  expect(filesWith(pattern)).toEqual([]);
});

test('no file names the tools it was written with', () => {
  expect(filesWith(AUTHORS)).toEqual([]);
});

test('no file names a registry, so that every clone installs from the one its owner uses', () => {
  expect(filesWith(REGISTRY)).toEqual([]);
});
