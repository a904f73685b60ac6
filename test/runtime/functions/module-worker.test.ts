import { type FunctionWorker, moduleWorker, RetryStrategy } from 'mproc-worker';
import { expect, test } from 'vitest';
import { provePool } from '../pool/prove-pool.js';

const BARE = new URL('./modules/bare.mjs', import.meta.url);
type Sizes = { width: number; by: number };

test('a bare function runs in a process, and this one never loads its module', () =>
  provePool({ processes: 1 }, async (pool) => {
    const resize = moduleWorker<Sizes, { width: number; attempt: number }>(BARE, 'resize', {
      strategy: new RetryStrategy({ maxRetries: 1 }),
    });
    const told: unknown[] = [];
    const response = await pool.run(
      resize,
      { width: 3, by: 2 },
      { onProgress: ({ value }) => told.push(value) },
    );
    expect(response.orThrow()).toEqual({ width: 6, attempt: 1 });
    expect(told).toEqual([2]);
    const all = await pool.map(
      resize,
      [1, 2].map((width) => ({ width, by: 1 })),
    );
    expect(all.map((one) => one.body?.width)).toEqual([1, 2]);
    expect((await pool.run(moduleWorker<string, string>(BARE.href, 'default'), 'a')).body).toBe('A');
    const parse = moduleWorker<string, unknown>(new URL('./modules/bare.cjs', import.meta.url), 'parse');
    expect((await pool.run(parse, '[1]')).body).toEqual([1]);
    expect(globalThis).not.toHaveProperty('bareWasLoaded');
    // Without a pool it runs here, and is loaded for that.
    expect((await resize.run({ width: 5, by: 2 })).body).toEqual({ width: 10, attempt: 1 });
    expect(globalThis).toHaveProperty('bareWasLoaded');
  }));

test('what is not there, or no bare function, is told in one line', () =>
  provePool({ processes: 1 }, async (pool) => {
    for (const [name, message] of [
      ['nothing', /does not export nothing; it exports .*resize/],
      ['number', /exports a number as number, and moduleWorker takes a function/],
      ['Thing', /exports a worker as Thing, and moduleWorker takes a bare function/],
    ] as const)
      await expect(pool.run(moduleWorker<number, number>(BARE, name), 1)).rejects.toMatchObject({
        code: 'ERR_MODULE_LOAD',
        message: expect.stringMatching(message),
        cause: { code: 'ERR_WORKER_NOT_FOUND' },
      });
    const missing: FunctionWorker<number, number> = moduleWorker(new URL('./gone.mjs', BARE), 'resize');
    await expect(pool.run(missing, 1)).rejects.toMatchObject({
      code: 'ERR_MODULE_LOAD',
      message: expect.stringMatching(/the module of function resize is not there/),
    });
  }));
