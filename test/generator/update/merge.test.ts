import { describe, expect, test } from 'vitest';
import { hasMarkers, mergeThreeWays } from '../../../generator/update/merge.js';
import { updatePackageJson } from '../../../generator/update/package-json.js';

const LABELS = { yours: 'yours', base: 'base (1)', fresh: 'new (2)' };
const merge = (yours: string, base: string, fresh: string) => mergeThreeWays(yours, base, fresh, LABELS);

test.each([
  ['nothing of yours', 'a\nb\n', 'a\nb\n', 'a\nc\n', 'a\nc\n'],
  ['nothing new', 'a\nx\n', 'a\nb\n', 'a\nb\n', 'a\nx\n'],
  ['both, apart', 'x\na\nb\nc\n', 'a\nb\nc\n', 'a\nb\nd\n', 'x\na\nb\nd\n'],
  ['both, the same', 'a\nc\n', 'a\nb\n', 'a\nc\n', 'a\nc\n'],
  [
    'line ends and mark of yours',
    '\ufeffx\r\na\r\nb\r\nc\r\n',
    'a\nb\nc\n',
    'a\nb\nd\n',
    '\ufeffx\r\na\r\nb\r\nd\r\n',
  ],
])('%s', (_what, yours, base, fresh, text) => {
  expect(merge(yours, base, fresh)).toEqual({ text, conflicts: 0 });
});

test('a conflict shows both sides and what was there before', () => {
  const { text, conflicts } = merge('a\nmine\nc\n', 'a\nb\nc\n', 'a\nnew\nc\n');
  expect({ text, conflicts }).toEqual({
    text: 'a\n<<<<<<< yours\nmine\n||||||| base (1)\nb\n=======\nnew\n>>>>>>> new (2)\nc\n',
    conflicts: 1,
  });
  expect(hasMarkers(text)).toBe(true);
  expect(hasMarkers('a ======= b\n')).toBe(false);
});

describe('package.json', () => {
  const before = '{"scripts":{"start":"tsx a","test":"vitest","old":"o"},"devDependencies":{"gone":"1"}}';
  const fresh =
    '{"scripts":{"start":"node a","test":"vitest run","new":"n"},"dependencies":{"mproc-worker":"2.0.0"},"devDependencies":{"vitest":"4.1.0","tsx":"4.0.0","gone":"1","added":"3"}}';
  const update = (yours: object, packages: Record<string, string> = {}) =>
    JSON.parse(
      updatePackageJson(JSON.stringify(yours), {
        fresh,
        before: [before],
        packages,
        own: { 'mproc-worker': '2.0.0' },
      }),
    );

  test('takes what is new where it was left as it was written', () => {
    const yours = {
      name: 'mine',
      scripts: { start: 'tsx a', test: 'mine', old: 'o', lint: 'l' },
      dependencies: { 'mproc-worker': '1.0.0', express: '5' },
      devDependencies: { vitest: '3.0.0', tsx: '^3.9.0' },
    };
    expect(update(yours, { vitest: '3.0.0', tsx: '3.0.0' })).toEqual({
      name: 'mine',
      scripts: { start: 'node a', test: 'mine', lint: 'l', new: 'n' },
      dependencies: { 'mproc-worker': '2.0.0', express: '5' },
      devDependencies: { added: '3', vitest: '4.1.0', tsx: '^3.9.0' },
    });
  });

  test('brings nothing back that was taken out, and leaves a link to the runtime alone', () => {
    const yours = { scripts: {}, dependencies: { 'mproc-worker': 'workspace:*' } };
    expect(update(yours, { vitest: '3.0.0', tsx: '3.0.0', added: '3' })).toEqual({
      scripts: { new: 'n' },
      dependencies: { 'mproc-worker': 'workspace:*' },
    });
  });

  test('is the same text where nothing is new', () => {
    const text = '{\r\n\t"name": "a"\r\n}';
    const same = updatePackageJson(text, { fresh: '{}', before: [], packages: {}, own: {} });
    expect(same).toBe(text);
  });
});
