import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Gated } from '../remote/gated.worker.mjs';
import { notedIn } from '../remote/hosts.js';
import { Echo } from './jobs.worker.js';
import { until } from './prove-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-pause-'));
afterAll(() => rmSync(folder, { recursive: true }));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.each([2, 'inline'] as const)('a pool with processes: %s', (processes) => {
  let pool: ProcessPool;
  let file = '';
  let tests = 0;

  beforeEach(() => {
    tests += 1;
    file = join(folder, `${processes}-${tests}`);
    pool = new ProcessPool({ processes, closeTimeoutMs: 500 });
  });
  afterEach(() => pool.destroy());

  const gated = () => Object.assign(new Gated(), { file });
  const gate = `${folder}/gate`;
  const began = () => notedIn(file).filter(({ what }) => what === 'began');

  test('jobs of a paused class wait, what runs goes on, and other classes run', async () => {
    const mapping = pool.map(
      gated(),
      numbers(40).map((n) => ({ n, gate: `${file}-gate` })),
    );
    await until(() => began().length > 0);
    const running = processes === 2 ? 2 : 1;
    await until(() => began().length === running);
    await pool.pause(Gated);
    await pool.pause(Gated);
    expect(await pool.paused()).toEqual(['Gated']);
    writeFileSync(`${file}-gate`, '');
    await until(() => notedIn(file).filter(({ what }) => what === 'ended').length === running);
    expect((await pool.map(new Echo(), numbers(500))).map(({ body }) => body)).toEqual(numbers(500));
    expect(began()).toHaveLength(running);
    const later = pool.run(gated(), { n: 100 });
    expect((await pool.run(new Echo(), 1)).body).toBe(1);
    expect(began()).toHaveLength(running);
    await pool.resume(Gated);
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(40));
    expect((await later).body).toBe(100);
    expect(began()).toHaveLength(41);
    expect(await pool.paused()).toEqual([]);
  });

  test('quick jobs that share slots are held as well, and each is answered once', async () => {
    const total = 5_000;
    let given = 0;
    const inputs = (function* () {
      for (const n of numbers(total)) {
        given = n;
        if (n === 2_000) void pool.pause(Echo);
        yield n;
      }
    })();
    const mapping = pool.map(new Echo(), inputs);
    await until(() => given >= 2_000);
    const before = given;
    expect((await pool.run(gated(), { n: 1 })).body).toBe(1);
    expect(given - before).toBeLessThan(64);
    // What the other process had begun before.
    await until(() => pool.stats().running === 0);
    const { outstanding } = pool.stats();
    expect(outstanding).toBeLessThanOrEqual(given + 1);
    await pool.resume(Echo);
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(total));
  });

  test("jobs with a priority wait as well, are in nobody else's way, and keep their order", async () => {
    await pool.pause(Gated);
    const waiting = numbers(60).map((n) => pool.run(gated(), { n }, { priority: n < 30 ? 1 : 2 }));
    for (const priority of [1, -1]) expect((await pool.run(new Echo(), 7, { priority })).body).toBe(7);
    expect(began()).toEqual([]);
    await pool.resume(Gated);
    await Promise.all(waiting);
    expect(
      began()
        .slice(0, 20)
        .every(({ n }) => n >= 30),
    ).toBe(true);
  });

  test('a job that waits for a paused class can be canceled, and a call be aborted', async () => {
    await pool.pause(Gated);
    const one = pool.run(gated(), { n: 1 });
    expect(await pool.cancel(one.jobId)).toBe(true);
    expect((await one).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    const abort = new AbortController();
    const mapping = pool.map(gated(), [{ n: 2 }, { n: 3 }], { signal: abort.signal });
    abort.abort();
    await expect(mapping).rejects.toMatchObject({ name: 'AbortError' });
    await pool.resume(Gated);
    expect((await pool.run(gated(), { n: 4 })).body).toBe(4);
    expect(began().map(({ n }) => n)).toEqual([4]);
  });

  test('closing a pool ends what its paused classes hold, within closeTimeoutMs', async () => {
    await pool.pause(Gated);
    const waiting = pool.run(gated(), { n: 1, gate });
    const mapping = pool.map(gated(), [{ n: 2 }]);
    const ended = Promise.allSettled([waiting, mapping]);
    await pool.close();
    for (const outcome of await ended)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_POOL_CLOSED' } });
    expect(began()).toEqual([]);
  });

  test('what cannot be paused is refused in one line', async () => {
    for (const wrong of ['Gated', undefined, 5, new Gated()])
      await expect(pool.pause(wrong as never)).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(/^.+$/),
      });
    await expect(pool.drain('web-3')).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
