import { describe, expect, test } from 'vitest';
import {
  type Addition,
  emptyManifest,
  parseManifest,
  printManifest,
  sha256,
  withAddition,
} from '../../../generator/plan/manifest.js';

const addition = (kind: string, name: string, queue: string): Addition => ({
  kind,
  name,
  answers: { queue },
});
const OLD = [addition('worker', 'A', 'x'), addition('worker', 'B', 'x'), addition('strategy', 'A', 'x')];

describe('a manifest', () => {
  test('of a project that has none is empty', () => {
    const empty = { version: 1, generator: '2.0.0', added: [], files: {}, edited: {} };
    expect(emptyManifest('2.0.0')).toEqual(empty);
    expect(parseManifest(undefined, '2.0.0')).toEqual(empty);
  });

  test('is read as it was printed, what this version does not know included', () => {
    const manifest = { ...emptyManifest('1.0.0'), template: 'files', files: { b: '2', a: '1' }, more: [1] };
    expect(parseManifest(Buffer.from(printManifest(manifest)), '2.0.0')).toEqual(manifest);
  });

  test('of an early version lacks what came later', () => {
    const bytes = Buffer.from('{ "version": 1, "files": { "a": "1" } }');
    expect(parseManifest(bytes, '2.0.0')).toEqual({ ...emptyManifest('2.0.0'), files: { a: '1' } });
  });

  test('is printed with its paths in order, whatever order they came in', () => {
    const paths = ['b', 'a/c', 'a', 'B', 'a-b', 'c'];
    const texts = [paths, paths.toReversed()].map((order) =>
      printManifest({
        ...emptyManifest('1.0.0'),
        files: Object.fromEntries(order.map((path) => [path, '1'])),
        edited: Object.fromEntries(order.map((path) => [path, '2'])),
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    const { files, edited } = JSON.parse(texts[0]!);
    const inOrder = ['B', 'a', 'a-b', 'a/c', 'b', 'c'];
    expect([Object.keys(files), Object.keys(edited)]).toEqual([inOrder, inOrder]);
    expect(texts[0]).toMatch(/^\{\n {2}"version": 1,\n.*\}\n$/s);
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '1',
    '{"version":2,"files":{}}',
    '{"version":1}',
    '{"version":1,"files":null}',
    '{"version":1,"files":"a"}',
  ])('is not %j', (text) => {
    expect(() => parseManifest(Buffer.from(text), '1.0.0')).toThrow(
      expect.objectContaining({
        code: 'ERR_MANIFEST',
        message: expect.stringContaining('.mproc/manifest.json cannot be read'),
      }),
    );
  });
});

describe('what was added', () => {
  test.each([
    ['another name', addition('worker', 'C', 'y')],
    ['another kind', addition('queue', 'A', 'y')],
  ])('is followed by %s', (_, added) => {
    expect(withAddition(OLD, added)).toEqual([...OLD, added]);
  });

  test('begins with the first', () => {
    const first = addition('worker', 'A', 'x');
    expect(withAddition([], first)).toEqual([first]);
  });

  test.each([0, 1, 2])('is replaced where it stands by the same with other answers: %i', (index) => {
    const { kind, name } = OLD[index]!;
    const added = addition(kind, name, 'y');
    expect(withAddition(OLD, added)).toEqual(OLD.map((one, at) => (at === index ? added : one)));
  });
});

test('a hash is that of the bytes, however they come', () => {
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect([sha256('abc'), sha256(Buffer.from('abc'))]).toEqual([hash, hash]);
});
