import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';
import { circlesOf, importGraph } from './import-graph.js';

const files = repositoryFiles();
const map = content('docs/map.md');

/** Folders whose own folders are alike: the map names them together. */
const ALIKE = /^(\.github|templates|examples)\/|\/fixtures(\/|$)|\/program\//;
/** Folders of tests mirror those of the sources. */
const MIRRORED =
  /^test\/(?!bundlers|chaos|e2e|managers|mutation|native|queues|repository)(?!runtime\/(containers|model|realm|time)$)/;
const PARTS_OF_A_TEST = /^test\/(chaos|bundlers)\//;

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

const folders = [...new Set(files.flatMap(foldersOf))].filter(
  (folder) =>
    !folder.startsWith('.') && !ALIKE.test(folder) && !MIRRORED.test(folder) && !PARTS_OF_A_TEST.test(folder),
);

describe('the map of the repository', () => {
  const listed = [...map.matchAll(/^\| `([\w./-]+)` \| /gm)].map(([, folder = '']) => folder);

  test('has each folder once', () => {
    expect(folders.length).toBeGreaterThan(70);
    expect([...listed].sort()).toEqual([...folders].sort());
  });

  test('says one sentence of each', () => {
    const sentences = [...map.matchAll(/^\| `[\w./-]+` \| (.*) \|$/gm)].map(([, sentence = '']) => sentence);
    expect(sentences.filter((sentence) => !/^[A-Z`].*\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test('names files that are there', () => {
    const named = [...map.matchAll(/`([\w-]+\/[\w./-]+\.\w+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((path) => !files.includes(path))).toEqual([]);
  });
});

describe('a page beside the code', () => {
  const pages = files.filter((file) => /^runtime\/src\/.*README\.md$/.test(file));

  test('is linked from the map', () => {
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter((page) => !map.includes(`(../${page})`))).toEqual([]);
  });

  test.each([...pages, 'docs/architecture.md'])(
    'names files, functions and tests that are there: %s',
    (page) => {
      const text = content(page);
      const folder = posix.dirname(page);
      const problems: string[] = [];
      for (const [, file = '', name] of text.matchAll(/`([\w/-]+\.ts)`(?: `(#?\w+)`)?/g)) {
        const path = [posix.join(folder, file), file, `runtime/src/${file}`].find((each) =>
          files.includes(each),
        );
        if (path === undefined) problems.push(`no file ${file}`);
        else if (name !== undefined && !new RegExp(`${name}\\b`).test(content(path)))
          problems.push(`no ${name} in ${path}`);
      }
      let of: string | undefined;
      for (const [, file, name] of text.matchAll(/`(test\/[\w./-]+\.test\.ts)`|“([^”]+)”/g)) {
        if (file !== undefined) of = files.includes(file) ? file : undefined;
        else if (of === undefined || !content(of).includes(name!))
          problems.push(`no test “${name}” in ${of}`);
      }
      expect(problems).toEqual([]);
    },
  );
});

describe.each(['runtime/src/', 'generator/'])('imports below %s', (folder) => {
  const graph = importGraph(folder);

  test('are found', () => expect([...graph.values()].flat().length).toBeGreaterThan(100));

  test('go in no circle, so that each module is whole when another one uses it', () => {
    expect(circlesOf(graph, ({ isType }) => !isType)).toEqual([]);
  });

  test('of types go in circles within one folder alone', () => {
    const circles = circlesOf(graph, () => true);
    expect(circles.filter((circle) => new Set(circle.map(posix.dirname)).size > 1)).toEqual([]);
  });
});
