import { expect, test } from 'vitest';
import { repositoryFiles } from './files.js';

const CODE = /^(runtime\/src|generator|templates|scripts|test|bench)\//;
/** In templates a leading `_` stands for a dot, and `__kebab__` for the name of what is made. */
const NAME = /^(README\.md(\.hbs)?|[_.]?(__kebab__|[a-z0-9-]+)(\.[a-z0-9-]+)*)$/;

test('files and folders of code have kebab-case names', () => {
  const odd = repositoryFiles()
    .filter((path) => CODE.test(path) && !path.includes('/fixtures/'))
    .filter((path) => !path.split('/').every((part) => NAME.test(part)));
  expect(odd).toEqual([]);
});

test('no folder is a drawer for odds and ends', () => {
  const drawers = repositoryFiles().filter((path) =>
    /(^|\/)(utils?|helpers?|common|misc|shared)\//.test(path),
  );
  expect(drawers).toEqual([]);
});
