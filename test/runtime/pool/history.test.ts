import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeepOptions, ProcessPool } from 'mproc-worker';
import { afterEach, describe, expect, test } from 'vitest';
import { Gated } from '../remote/gated.worker.mjs';
import { until } from './prove-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-kept-'));
const pools: ProcessPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
  rmSync(join(folder, 'log'), { force: true });
});

function poolOf(options: ConstructorParameters<typeof ProcessPool>[0]): ProcessPool {
  const pool = new ProcessPool(options);
  pools.push(pool);
  return pool;
}

const gated = () => Object.assign(new Gated(), { file: join(folder, 'log') });

describe.each([1, 'inline'] as const)('history of a pool in memory, processes: %s', (processes) => {
  test('keeps answered jobs as it is told, and lists them by class, state, time and error', async () => {
    const pool = poolOf({ processes, keep: { ok: '1 h', failed: 60_000 } });
    const args = [{ n: 0 }, { n: 1, does: 'throw' }, { n: 2 }];
    const responses = await pool.map(gated(), args);
    const all = await pool.history();
    expect(all.map(({ jobId }) => jobId)).toEqual(responses.map(({ jobId }) => jobId).reverse());
    expect(all[2]).toMatchObject({
      class: 'Gated',
      state: 'ok',
      args: { n: 0 },
      body: 0,
      exitCode: 0,
      putAt: undefined,
    });
    expect(all[1]).toMatchObject({
      state: 'failed',
      args: args[1],
      exitCode: 1,
      error: { name: 'RangeError' },
    });
    expect(all[1]!.attempts).toHaveLength(1);
    const ns = async (filter: object) =>
      (await pool.history(filter)).map((job) => (job.args as { n: number }).n);
    expect(await ns({ state: 'failed' })).toEqual([1]);
    expect(await ns({ error: 'NO 1' })).toEqual([1]);
    expect(await ns({ class: Gated, state: 'ok' })).toEqual([2, 0]);
    expect(await ns({ class: ['Other'] })).toEqual([]);
    expect(await ns({ jobIds: [responses[2]!.jobId] })).toEqual([2]);
    expect(await ns({ limit: 1 })).toEqual([2]);
    expect(await ns({ since: Date.now() + 60_000 })).toEqual([]);
    expect(await ns({ until: new Date(Date.now() + 60_000) })).toEqual([2, 1, 0]);
  });

  test('forgets what is too old and too much, and never keeps what it was not told to', async () => {
    const args = [{ n: 0 }, { n: 1 }, { n: 2, does: 'throw' as const }, { n: 3 }];
    const few = poolOf({ processes, keep: { ok: '1 h', most: 2 } });
    await few.map(gated(), args);
    expect((await few.history()).map(({ body }) => body)).toEqual([3, 1]);
    const soon = poolOf({ processes, keep: { ok: '300 ms', failed: '1 h' } });
    await soon.map(gated(), args);
    await until(async () => (await soon.history({ state: 'ok' })).length === 0);
    expect((await soon.history()).map(({ state }) => state)).toEqual(['failed']);
  });
});

test('a pool that keeps nothing says so', async () => {
  const pool = poolOf({ processes: 'inline' });
  await expect(pool.history()).rejects.toMatchObject({
    code: 'ERR_OPTION',
    message: "this pool keeps no answered jobs; give it the option keep: { ok: '1 h', failed: '7 d' }",
  });
});

test.each([
  [{}, "option keep must say what is kept: { ok: '1 h', failed: '7 d' }, or one of them"],
  [{ okay: 1 }, /option keep has no option okay; did you mean ok\?/],
  [{ ok: 0 }, /option keep\.ok must be a time, as '1 h', '7 d' or milliseconds, .*; received 0$/],
  [{ failed: '7 years' }, /option keep\.failed must be a time.*; received "7 years"$/],
  [{ ok: 1, most: 0 }, 'option keep.most must be a whole number from 1; received 0'],
])('refuses keep: %j in one line', (keep, message) => {
  expect(() => new ProcessPool({ processes: 'inline', keep: keep as KeepOptions })).toThrow(message);
});

test.each([
  [{ limit: 0 }, 'option limit must be a whole number from 1; received 0'],
  [{ since: 'today' }, 'option since must be a Date or milliseconds since 1970; received today'],
  [{ jobIds: 'a' }, 'option jobIds must be an array of ids; received a'],
  [{ stat: 'ok' }, /history has no option stat; did you mean state\?/],
])('refuses history(%j) in one line', async (filter, message) => {
  const pool = poolOf({ processes: 'inline', keep: { ok: '1 h' } });
  await expect(pool.history(filter as object)).rejects.toThrow(message);
});
