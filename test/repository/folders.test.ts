import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { makeFolder } from '../../runtime/src/cache/make-folder.js';
import { content, ROOT, repositoryFiles } from './files.js';

/** Node.js 20 tries for ever where the system says ENOENT and the folder above is there, as in /proc. */
const ENDLESS = /\bmkdir(?:Sync)?\([^;]*\brecursive\b/;

describe('folders with those above them', () => {
  const files = repositoryFiles().filter((file) => /^(runtime\/src|generator)\/.*\.ts$/.test(file));

  test.each(files)('%s makes them in a way that ends', (file) => {
    expect(content(file)).not.toMatch(ENDLESS);
  });

  test('others are found', () => {
    expect('mkdirSync(folder, { recursive: true, mode: 0o700 });').toMatch(ENDLESS);
  });

  test.each(['/proc/nowhere', '/proc/nowhere/below'])('%s is an error of the system', (folder) => {
    expect(() => makeFolder(folder)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('a file in its place is one, too', () => {
    expect(() => makeFolder(`${ROOT}package.json`)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  test('a project that cannot be there is refused in one line', async () => {
    const created = promisify(execFile)(process.execPath, [
      `${ROOT}bin/create-mproc-worker.js`,
      '/proc/nowhere/project',
      '--yes',
      '--no-install',
    ]);
    await expect(created).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]+ENOENT[^\n]+\n$/),
    });
  });
});
