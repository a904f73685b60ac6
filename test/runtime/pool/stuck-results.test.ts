import { expect, test } from 'vitest';
import { provePool } from './prove-pool.js';
import { EndTogether } from './stuck-results.worker.js';

const JOBS = 100;

test('results that find no room while their process is busy are neither lost nor taken for lies', () =>
  provePool({ processes: 1, concurrency: JOBS, memoryBytes: 2 ** 20 }, async (pool) => {
    const inputs = Array.from({ length: JOBS }, (_, index) => ({
      bytes: 5_000,
      // The parent looks for lost jobs in this time.
      holdMs: index === JOBS - 1 ? 5_000 : 0,
    }));
    const responses = await pool.map(new EndTogether(), inputs, {
      // Nobody reads while they end.
      onProgress: ({ value }) =>
        value === 'waits' && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500),
    });
    expect(responses.filter(({ ok }) => !ok).map(({ error }) => error)).toEqual([]);
    expect(new Set(responses.map(({ attempts }) => attempts[0]?.pid)).size).toBe(1);
    expect(pool.stats()).toMatchObject({ spawned: 1, succeeded: JOBS });
  }));
