import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JobEvent, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { Echo, FailTimes, Hold, Later, Ledger, Patient, Spin, Stubborn } from './jobs.worker.js';
import { expectAllOk, lives, provePool, until } from './prove-pool.js';
import { LOADS_MS, SpinsOnceLoaded } from './slow-to-load.worker.mjs';

describe('a signal', () => {
  test('that is aborted before, while jobs wait, or while they run ends a call with an AbortError', () =>
    provePool({ killTimeoutMs: 100 }, async (pool) => {
      const gone = AbortSignal.abort('why');
      const aborted = { code: 'ABORT_ERR', cause: 'why' };
      await expect(pool.run(new Echo(), 1, { signal: gone })).rejects.toMatchObject(aborted);
      await expect(pool.map(new Echo(), [1], { signal: gone })).rejects.toMatchObject(aborted);
      await expect(pool.imap(new Echo(), [1], { signal: gone }).next()).rejects.toMatchObject(aborted);
      for (const worker of [new Spin(), new Patient()]) {
        const controller = new AbortController();
        const call = pool.map(worker as Spin, [1, 2, 3, 4, 5, 6], { signal: controller.signal });
        const single = pool.run(worker as Spin, 7, { signal: controller.signal });
        setTimeout(() => controller.abort('why'), 50);
        await expect(call).rejects.toMatchObject(aborted);
        await expect(single).rejects.toMatchObject(aborted);
      }
    }));

  test('that is never aborted is not held on to', () =>
    provePool({}, async (pool) => {
      const { signal } = new AbortController();
      const listening: number[] = [];
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listening.push(1);
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listening.pop();
        remove(...args);
      };
      await pool.map(new Echo(), [1, 2], { signal });
      await pool.run(new Echo(), 1, { signal });
      expect(listening).toEqual([]);
    }));

  test('ends an iterator and those who read it', () =>
    provePool({ killTimeoutMs: 100 }, async (pool) => {
      const controller = new AbortController();
      const iterator = pool.imap(new Patient(), [1, 2, 3], { signal: controller.signal });
      const readers = [iterator.next(), iterator.next()];
      controller.abort();
      for (const reader of readers) await expect(reader).rejects.toMatchObject({ code: 'ABORT_ERR' });
      await expect(iterator.next()).rejects.toMatchObject({ code: 'ABORT_ERR' });
    }));
});

describe('timeoutMs', () => {
  test('of a job that comes later and may take less time is kept before one that is watched already', () =>
    provePool({ processes: 2, killTimeoutMs: 50 }, async (pool) => {
      const ended: string[] = [];
      const note = (name: string) => (response: { error?: unknown }) => {
        ended.push(name);
        return (response.error as { code?: string }).code;
      };
      const controller = new AbortController();
      const long = pool.run(new Spin(), 1, { timeoutMs: 600_000, signal: controller.signal });
      const short = pool.run(new Spin(), 2, { timeoutMs: 100 }).then(note('short'));
      void long.then(note('long'), () => {});
      expect([await short, ended]).toEqual(['ERR_JOB_TIMEOUT', ['short']]);
      controller.abort();
      await expect(long).rejects.toMatchObject({ code: 'ABORT_ERR' });
    }));

  test('stops a busy loop and a job that waits, and leaves quick ones alone', () =>
    provePool({ killTimeoutMs: 50 }, async (pool) => {
      const [spun, waited, quick] = await Promise.all([
        pool.run(new Spin(), 0, { timeoutMs: 100 }),
        pool.run(new Patient(), 0, { timeoutMs: 100 }),
        pool.run(new Echo(), 'quick', { timeoutMs: 600_000 }),
      ]);
      for (const response of [spun, waited]) {
        expect(response).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT', timeoutMs: 100 } });
        expect(response.attempts).toHaveLength(1);
      }
      expect(quick.body).toBe('quick');
    }));

  test('stops a job that ignores SIGTERM, as does the end of the pool', () =>
    provePool({ processes: 1, killTimeoutMs: 50 }, async (pool) => {
      await pool.run(new Echo(), 0);
      const [pid] = pool.stats().pids;
      const folder = mkdtempSync(join(tmpdir(), 'mproc-stubborn-'));
      const stubborn = pool.run(new Stubborn(), join(folder, 'ignores'), { timeoutMs: 5_000 });
      await until(() => existsSync(join(folder, 'ignores')));
      rmSync(folder, { recursive: true });
      process.kill(pid!, 'SIGTERM');
      expect(await stubborn).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT' } });
      await until(() => !lives(pid!));
      const left = expect(pool.run(new Stubborn(), 0)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
      await delay(100);
      await pool.destroy();
      await left;
    }));

  // Each attempt writes a line before its time is over, where it gets a processor by then.
  test('is each attempt’s own, and no two attempts run at once', () =>
    withMoreTime([500, 5_000, 50_000], async (timeoutMs) => {
      const folder = mkdtempSync(join(tmpdir(), 'mproc-ledger-'));
      const file = join(folder, 'ledger');
      try {
        await provePool({ killTimeoutMs: 50, timeoutMs }, async (pool) => {
          const worker = new Ledger();
          worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
          const response = await pool.run(worker, { file, ms: 600_000 });
          expect(response.error).toMatchObject({ code: 'ERR_JOB_TIMEOUT' });
          expect(response.attempts).toHaveLength(3);
          const lines = readFileSync(file, 'utf8').trim().split('\n');
          expect(lines).toHaveLength(3);
          // Each was killed before the next began: three processes, none of which came to its end.
          expect(new Set(lines).size).toBe(3);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));

  test('counts from the start of the job, not while it waits', () =>
    provePool({ processes: 1, timeoutMs: 3_000 }, async (pool) => {
      const responses = await pool.map(new Hold(), Array(8).fill(500));
      expectAllOk(responses, 8);
    }));

  test('is of the job alone, also of one whose module took longer to load', () =>
    provePool({ processes: 1, spares: 0 }, async (pool) => {
      for (let time = 0; time < 2; time += 1) {
        const began = performance.now();
        const { error, attempts } = await pool.run(new SpinsOnceLoaded(), undefined, { timeoutMs: 300 });
        expect(error).toMatchObject({
          code: 'ERR_JOB_TIMEOUT',
          message: expect.stringContaining('ran longer'),
        });
        // All but what the module took, which is at least as long as it sleeps.
        expect(attempts[0]!.runMs).toBeLessThan(performance.now() - began - LOADS_MS + 1);
      }
    }));

  test('is refused where it is no time', () =>
    provePool({}, async (pool) => {
      await expect(pool.run(new Echo(), 1, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
      await expect(pool.map(new Echo(), [1], { timeoutMs: -1 })).rejects.toMatchObject({
        code: 'ERR_OPTION',
      });
    }));
});

describe('cancel', () => {
  test('stops a job that waits and one that runs, once', () =>
    provePool({ processes: 1, killTimeoutMs: 50 }, async (pool) => {
      const worker = new Spin();
      const started = new Promise<string>((resolve) => {
        worker.addListener(JobEvent.Running, ({ jobId }) => resolve(jobId));
      });
      const call = pool.map(worker, [1, 2]);
      const running = await started;
      const waiting = running.replace(/0$/, '1');
      expect(pool.cancel(waiting)).toBe(true);
      expect(pool.cancel(running)).toBe(true);
      expect(pool.cancel(running)).toBe(false);
      expect(pool.cancel('no such job')).toBe(false);
      for (const response of await call)
        expect(response).toMatchObject({ ok: false, error: { code: 'ERR_JOB_CANCELED' } });
    }));

  test('knows a job of run by the id that its promise has from the start', () =>
    provePool({ processes: 1, killTimeoutMs: 50 }, async (pool) => {
      await pool.run(new Echo(), 0);
      const canceled = { ok: false, exitCode: 1, error: { code: 'ERR_JOB_CANCELED' } };
      const running = pool.run(new Spin(), 1);
      await until(() => pool.stats().outstanding === 1);
      const waiting = pool.run(new Echo(), 2);
      const untouched = pool.run(new Echo(), 3);
      expect(new Set([running.jobId, waiting.jobId, untouched.jobId]).size).toBe(3);
      expect(pool.cancel(waiting.jobId)).toBe(true);
      expect(await waiting).toMatchObject({ ...canceled, jobId: waiting.jobId, attempts: [] });
      expect(pool.cancel(running.jobId)).toBe(true);
      expect(await running).toMatchObject({ ...canceled, jobId: running.jobId });
      expect(await untouched).toMatchObject({ ok: true, body: 3, jobId: untouched.jobId });
      expect(pool.cancel(untouched.jobId)).toBe(false);
    }));

  test('knows the jobs of the other calls by onSubmit, as soon as each is told', () =>
    provePool({ processes: 1, killTimeoutMs: 50 }, async (pool) => {
      const told: number[] = [];
      // An expectation that fails there would be told to the logger alone.
      const canceled: boolean[] = [];
      const cancelOdd = {
        onSubmit: ({ jobId, index }: { jobId: string; index: number }) => {
          told.push(index);
          if (index % 2 === 1) canceled.push(pool.cancel(jobId) as boolean);
          if (index === 4) throw new Error('reported, and nothing else');
        },
      };
      const inputs = [0, 1, 2, 3, 4, 5];
      const expected = [true, false, true, false, true, false];
      const responses = await pool.map(new Later(), inputs, cancelOdd);
      expect(responses.map(({ ok }) => ok)).toEqual(expected);
      expect(told).toEqual(inputs);
      expect(canceled.splice(0)).toEqual([true, true, true]);
      const iterated: boolean[] = [];
      for await (const { ok } of pool.imap(new Later(), inputs, cancelOdd)) iterated.push(ok);
      expect(iterated).toEqual(expected);
      expect(canceled).toEqual([true, true, true]);
    }));

  test('reaches a job that waits for its next attempt, or for a listener between two', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ type: 'later', backoff: { delayMs: 60_000 } });
      worker.addListener(JobEvent.Retry, ({ jobId }) => {
        setTimeout(() => pool.cancel(jobId), 20);
      });
      expect((await pool.run(worker, 1)).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
      expect(pool.stats().delayed).toBe(0);
      const busy = new FailTimes();
      busy.retryStrategy = new RetryStrategy();
      busy.addListener(JobEvent.Retry, ({ jobId }) => {
        setTimeout(() => pool.cancel(jobId), 20);
        return new Promise(() => {});
      });
      expect((await pool.run(busy, 1)).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    }));
});
