import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { ClassFigures } from '../../../../runtime/src/pool/figures/class-figures.js';
import { Utilisation } from '../../../../runtime/src/pool/figures/utilisation.js';
import { square } from '../../functions/modules/functions.mjs';
import { Echo, EndProcess, FailTimes, Hold, Later, Spin } from '../jobs.worker.js';
import { until } from '../prove-pool.js';

const LONG_MS = 600_000;

describe('a pool tells', () => {
  test('what runs, what waits, and since when', async () => {
    await using pool = new ProcessPool({ processes: 2, closeTimeoutMs: 1, killTimeoutMs: 50 });
    expect(pool.stats()).toMatchObject({ running: 0, waiting: 0, oldestWaitingMs: 0, outstanding: 0 });
    const jobs = Array.from({ length: 5 }, () => pool.run(new Later(), LONG_MS));
    await until(() => pool.stats().running === 2);
    const { oldestWaitingMs } = pool.stats();
    expect(pool.stats()).toMatchObject({ waiting: 3, outstanding: 5, delayed: 0, processes: 2 });
    expect(oldestWaitingMs).toBeGreaterThan(0);
    await until(() => pool.stats().oldestWaitingMs > oldestWaitingMs);
    // What is at hand ends, and what has waited for longest is no longer the oldest.
    for (const { jobId } of jobs.slice(2)) pool.cancel(jobId);
    expect(pool.stats()).toMatchObject({ running: 2, waiting: 0, oldestWaitingMs: 0, outstanding: 2 });
    for (const { jobId } of jobs) pool.cancel(jobId);
    await Promise.all(jobs);
    expect(pool.stats()).toMatchObject({ running: 0, waiting: 0, outstanding: 0 });
  });

  test('values of an array that no job was made of yet among what waits', async () => {
    await using pool = new ProcessPool({ processes: 1, closeTimeoutMs: 1, killTimeoutMs: 50 });
    const controller = new AbortController();
    const call = pool.map(
      new Later(),
      Array.from({ length: 100_000 }, () => LONG_MS),
      controller,
    );
    call.catch(() => {});
    await until(() => pool.stats().running === 1);
    expect(pool.stats().waiting).toBe(99_999);
    controller.abort();
    await expect(call).rejects.toThrow();
    await until(() => pool.stats().waiting === 0);
  });

  test('of each class what became of its jobs', async () => {
    await using pool = new ProcessPool({ processes: 2, killTimeoutMs: 50 });
    const fails = new FailTimes();
    fails.retryStrategy = new RetryStrategy({ maxRetries: 2 });
    await pool.map(fails, [0, 1, 9]);
    await pool.run(new Spin(), 0, { timeoutMs: 50 });
    await pool.run(new EndProcess(), { how: 'signal' });
    const waits = pool.run(new Later(), LONG_MS);
    pool.cancel(waits.jobId);
    await waits;
    const byClass = Object.fromEntries(pool.stats().classes.map((one) => [one.class, one]));
    expect(Object.keys(byClass)).toEqual(['FailTimes', 'Spin', 'EndProcess', 'Later']);
    expect(byClass.FailTimes).toMatchObject({ succeeded: 2, failed: 1, retried: 3, canceled: 0, crashed: 0 });
    expect(byClass.Spin).toMatchObject({ succeeded: 0, failed: 1, timedOut: 1 });
    expect(byClass.EndProcess).toMatchObject({ succeeded: 0, failed: 1, crashed: 1, timedOut: 0 });
    expect(byClass.Later).toMatchObject({ succeeded: 0, failed: 0, canceled: 1 });
    expect(byClass.FailTimes!.runMs.count).toBe(6);
  });

  test('of a function without a name, under the name of its file', async () => {
    await using pool = new ProcessPool({ processes: 1, keep: { ok: '1 h' } });
    await pool.run(square, 3);
    expect(pool.stats().classes.map((one) => one.class)).toEqual(['functions.mjs']);
    expect((await pool.history()).map((job) => job.class)).toEqual(['functions.mjs']);
  });

  test('percentiles that the attempts of the responses have', async () => {
    await using pool = new ProcessPool({ processes: 2 });
    const responses = await pool.map(
      new Hold(),
      Array.from({ length: 300 }, (_, n) => (n % 10) / 2),
    );
    const [stats] = pool.stats().classes;
    for (const [name, mine] of [
      ['runMs', stats!.runMs],
      ['queuedMs', stats!.waitMs],
    ] as const) {
      const times = responses
        .flatMap(({ attempts }) => attempts.map((one) => one[name]))
        .sort((a, b) => a - b);
      expect(mine.count).toBe(300);
      const close = (value: number, to: number) =>
        expect(Math.abs(value - to)).toBeLessThanOrEqual(0.02 * to + 0.001);
      close(mine.max, times.at(-1)!);
      close(mine.mean, times.reduce((sum, time) => sum + time, 0) / 300);
      for (const [percent, value] of [
        [50, mine.p50],
        [95, mine.p95],
        [99, mine.p99],
      ] as const)
        close(value, times[Math.ceil((percent / 100) * 300) - 1]!);
    }
  });

  test('of tiny jobs how many there were, and times of one in seventeen', async () => {
    await using pool = new ProcessPool({ processes: 2 });
    await pool.map(
      new Echo(),
      Array.from({ length: 50_000 }, (_, n) => n),
    );
    const [stats] = pool.stats().classes;
    expect(stats).toMatchObject({ class: 'Echo', succeeded: 50_000 });
    expect(Math.abs(stats!.runMs.count - 50_000)).toBeLessThanOrEqual(16);
    expect(stats!.runMs.p50).toBeGreaterThan(0);
    expect(stats!.waitMs.p99).toBeGreaterThanOrEqual(stats!.waitMs.p50);
  });

  test('why processes were replaced', async () => {
    await using pool = new ProcessPool({ processes: 1, maxJobsPerProcess: 3, killTimeoutMs: 50 });
    expect(pool.stats().restarts).toEqual({ retired: 0, stopped: 0, crashed: 0, corrupt: 0 });
    await pool.map(new Echo(), [1, 2, 3]);
    await until(() => pool.stats().restarts.retired === 1);
    await pool.run(new EndProcess(), { how: 'signal' });
    await until(() => pool.stats().restarts.crashed === 1);
    await pool.run(new Spin(), 0, { timeoutMs: 50 });
    await until(() => pool.stats().restarts.stopped === 1);
    expect(pool.stats().restarts).toMatchObject({ retired: 1, corrupt: 0 });
  });

  test('how much of what its processes could do they did', async () => {
    await using pool = new ProcessPool(1);
    await pool.run(new Hold(), 1);
    const before = pool.stats();
    const attempts = await pool.map(new Hold(), [300, 300, 300, 300]);
    const after = pool.stats();
    const ran = attempts.reduce((sum, response) => sum + response.attempts[0]!.runMs, 0);
    expect(after.busyMs - before.busyMs).toBeCloseTo(ran, 3);
    expect(after.utilisation).toBeGreaterThan(0);
    expect(after.utilisation).toBeLessThanOrEqual(1);
    const share = (after.busyMs - before.busyMs) / (after.livedMs - before.livedMs);
    expect(share).toBeLessThanOrEqual(1);
  });

  test('the same where its jobs run in the program itself', async () => {
    await using pool = new ProcessPool({ processes: 'inline', killTimeoutMs: 1 });
    const jobs = [pool.run(new Later(), LONG_MS), pool.run(new Later(), LONG_MS)];
    await until(() => pool.stats().running === 1);
    expect(pool.stats()).toMatchObject({ waiting: 1, outstanding: 2 });
    for (const { jobId } of jobs) pool.cancel(jobId);
    await Promise.all(jobs);
    await pool.run(new Later(), 1);
    expect(pool.stats()).toMatchObject({
      waiting: 0,
      outstanding: 0,
      classes: [{ class: 'Later', succeeded: 1, canceled: 2 }],
    });
  });
});

test('one of seventeen stands for all, wherever in a bundle it was', () => {
  const figures = new ClassFigures('Any');
  const times = new Float64Array(2);
  // The first job of each bundle takes longer.
  for (let job = 0; job < 32 * 17 * 20; job += 1) {
    times[1] = job % 32 === 0 ? 100 : 1;
    figures.noteBundled(times);
  }
  const { runMs, succeeded } = figures.stats();
  expect(succeeded).toBe(32 * 17 * 20);
  expect(runMs.count).toBe(succeeded);
  expect(runMs.mean).toBeCloseTo((31 + 100) / 32, 1);
  expect(runMs.p50).toBeCloseTo(1, 1);
  expect(runMs.p95).toBeCloseTo(1, 1);
  expect(runMs.p99).toBeGreaterThan(99);
});

test('utilisation is that since it was asked last, a second ago or more', () => {
  const utilisation = new Utilisation();
  const asked = [
    { busyMs: 500, possibleMs: 2_000, at: 1_000, share: 0.25 },
    { busyMs: 600, possibleMs: 2_100, at: 1_050, share: 1 },
    { busyMs: 600, possibleMs: 3_000, at: 1_500, share: 0.1 },
    { busyMs: 600, possibleMs: 4_500, at: 2_000, share: 0.04 },
    { busyMs: 600, possibleMs: 5_000, at: 2_400, share: 0 },
  ];
  for (const { busyMs, possibleMs, at, share } of asked)
    expect(utilisation.read(busyMs, possibleMs, at)).toBeCloseTo(share, 6);
});
