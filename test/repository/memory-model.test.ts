import { expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';

const PAGE = 'docs/memory-model.md';
const page = content(PAGE);
const files = repositoryFiles();
const sources = files.filter((file) => file.startsWith('runtime/src/') && file.endsWith('.ts'));

/** Every place that the page names: a file, and a function in it. */
function places(): { file: string; name: string }[] {
  return [...page.matchAll(/`(runtime\/src\/[\w./-]+\.ts)` `(#?\w+)`/g)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));
}

/** Is a function or a method of that name declared there? */
function isDeclared(file: string, name: string): boolean {
  const declaration = new RegExp(
    String.raw`^\s*(?:export )?(?:(?:protected|static|private|override|async|get) )*(?:function )?\*?${name}[(<]`,
    'm',
  );
  return sources.includes(file) && declaration.test(content(file));
}

test('every place that the memory model names is there', () => {
  expect(places().length).toBeGreaterThan(30);
  expect(places().filter(({ file, name }) => !isDeclared(file, name))).toEqual([]);
  const tests = [...page.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file);
  expect(tests.filter((file) => !files.includes(file))).toEqual([]);
});

test('the memory model names every file in which the order of two accesses counts', () => {
  const ordered = sources.filter((file) => /(\/\/|\*) ?SYNC:/.test(content(file)));
  expect(ordered.length).toBeGreaterThan(8);
  expect(ordered.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
});

test('no loop waits on a plain load: what is read over and over is read atomically', () => {
  const spinning = sources.filter((file) => /\bwhile \(/.test(content(file)));
  const plain = spinning.flatMap((file) =>
    [...content(file).matchAll(/^.*\bwhile \([^\n]*words\[(?![^\n]*Atomics)[^\n]*$/gm)].map(
      ([line]) => `${file}: ${line.trim()}`,
    ),
  );
  expect(spinning.length).toBeGreaterThan(5);
  expect(plain).toEqual([]);
});
