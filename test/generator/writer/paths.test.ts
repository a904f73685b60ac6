import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bytesBelow, foldersOf, lookBelow, partsOf } from '../../../generator/writer/paths.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mproc-paths-')));
mkdirSync(join(root, 'src/jobs'), { recursive: true });
writeFileSync(join(root, 'src/jobs/a.ts'), 'a');
symlinkSync('/etc', join(root, 'linked'));
symlinkSync('a.ts', join(root, 'src/jobs/b.ts'));
afterAll(() => rmSync(root, { recursive: true }));

describe('a path below the project', () => {
  test.each([
    '..',
    '../evil.txt',
    'src/../../evil.txt',
    'src/..',
    '.',
    './a.ts',
    'src/./a.ts',
    '/etc/passwd',
    'src//a.ts',
    'src/',
    '',
    'src\\..\\a.ts',
    'a\0.ts',
    'a\n.ts',
    'a\r.ts',
  ])('is not %j: nothing is looked up, and nothing written', (path) => {
    const refused = expect.objectContaining({
      code: 'ERR_PATH',
      message: expect.stringContaining('is no path below'),
    });
    for (const use of [
      () => partsOf(path),
      () => lookBelow(root, path),
      () => bytesBelow(root, path),
      () => foldersOf(path),
    ])
      expect(use).toThrow(refused);
  });

  test.each(['a.ts', '..a/b..', '.mproc/lock', 'src/...', 'a b/c'])('may be %j', (path) => {
    expect(partsOf(path).join('/')).toBe(path);
  });

  test('names its folders, outermost first', () => {
    expect(foldersOf('src/jobs/a.ts')).toEqual(['src', 'src/jobs']);
    expect(foldersOf('a.ts')).toEqual([]);
  });

  test.each([
    ['src/jobs/a.ts', { kind: 'file', bytes: Buffer.from('a') }],
    ['src/jobs/c.ts', { kind: 'absent' }],
    ['lib/jobs/c.ts', { kind: 'absent' }],
    ['src/jobs', { kind: 'blocked', why: 'it is not a file' }],
    ['src/jobs/a.ts/c.ts', { kind: 'blocked', why: 'src/jobs/a.ts is not a folder' }],
    ['src/jobs/b.ts', { kind: 'blocked', why: 'src/jobs/b.ts is a link' }],
    ['linked/passwd', { kind: 'blocked', why: 'linked is a link' }],
  ])('%s is found as it is', (path, found) => {
    expect(lookBelow(root, path)).toEqual(found);
  });

  test('gives the bytes of a file, none where there is none, and an error where it is blocked', () => {
    expect(bytesBelow(root, 'src/jobs/a.ts')).toEqual(Buffer.from('a'));
    expect(bytesBelow(root, 'src/jobs/c.ts')).toBeUndefined();
    expect(() => bytesBelow(root, 'linked/passwd')).toThrow(
      expect.objectContaining({
        code: 'ERR_PATH',
        message: 'linked/passwd is not written: linked is a link',
      }),
    );
  });
});
