import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compiled } from '../../native/compile.js';
import { Ends } from './ends.worker.mjs';

const native = compiled('writes-at-end.c');

describe('a process that ends because its pool is closed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mproc-end-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns what it has written down, and how it ended */
  async function lastWordsOf(library: string | undefined, env: NodeJS.ProcessEnv = {}) {
    const file = join(folder, 'at-end');
    const pool = new ProcessPool({ processes: 1, env: { ...process.env, ...env, MPROC_TEST_AT_END: file } });
    const ends: object[] = [];
    pool.on('exit', ({ exitCode, signal }) => ends.push({ exitCode, signal }));
    await pool.run(new Ends(), library);
    await pool.close();
    return { words: readFileSync(file, 'utf8').trim().split('\n'), ends };
  }

  test('tears down its workers, then has its listeners run, and exits with 0', async () => {
    expect(await lastWordsOf(undefined)).toEqual({
      words: ['teardown', 'exit 0'],
      ends: [{ exitCode: 0, signal: undefined }],
    });
  });

  test.skipIf(native.problem !== undefined)(
    `lets a native library of its worker end as it likes${native.problem === undefined ? '' : `: ${native.problem}`}`,
    async () => {
      if (native.problem !== undefined) throw new Error(native.problem);
      const { file, remove } = native;
      try {
        expect((await lastWordsOf(file)).words).toEqual(['teardown', 'exit 0', 'library']);
        rmSync(join(folder, 'at-end'));
        const { words } = await lastWordsOf(undefined, { LD_PRELOAD: file });
        expect(words).toEqual(['teardown', 'exit 0', 'library']);
      } finally {
        remove();
      }
    },
  );
});
