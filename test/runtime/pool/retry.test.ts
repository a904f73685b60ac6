import { JobEvent, MprocError, NoRetry, RetryStrategy, type Strategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { Echo, type End, EndProcess, FailTimes, Heard, RefusesInput, Unsendable } from './jobs.worker.js';
import { expectAllOk, provePool, until } from './prove-pool.js';

describe('a strategy', () => {
  test('has a job tried exactly as often as it says, keeping its state and the error of each attempt', () =>
    provePool({}, async (pool) => {
      for (const type of ['immediately', 'later'] as const) {
        const worker = new FailTimes();
        worker.retryStrategy = new RetryStrategy({ maxRetries: 3, type, backoff: { delayMs: 5 } });
        const [once, enough, never] = await pool.map(worker, [0, 3, 99]);
        expect(once!.attempts).toHaveLength(1);
        expect(enough).toMatchObject({ ok: true, body: { tries: 4, attempt: 4 } });
        expect(enough!.attempts.map(({ error }) => error?.message)).toEqual([
          'attempt 1 fails',
          'attempt 2 fails',
          'attempt 3 fails',
          undefined,
        ]);
        expect(never).toMatchObject({ ok: false, error: { message: 'attempt 4 fails' } });
        expect(never!.attempts).toHaveLength(4);
        // Jobs do not see each other's changes, nor does the worker they were made from.
        expect(worker.tries).toBe(0);
      }
    }));

  test('tries again at once before jobs that wait, and later behind them', () =>
    provePool({ processes: 1 }, async (pool) => {
      await pool.run(new Echo(), 0);
      // The process goes on with the next ones until the parent has heard of a failure.
      for (const type of ['immediately', 'later'] as const)
        await withMoreTime([60, 600, 6_000], async (ms) => {
          const worker = Object.assign(new FailTimes(), { holdMs: ms });
          worker.retryStrategy = new RetryStrategy({ type });
          const ended: number[] = [];
          for await (const response of pool.imapUnordered(worker, [1, 0, 0, 0, 0, 0]))
            ended.push(response.index);
          if (type === 'immediately') expect(ended.indexOf(0)).toBeLessThan(4);
          else expect(ended).toEqual([1, 2, 3, 4, 5, 0]);
        });
    }));

  test('goes on past the number that fits into a slot', () =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY });
      const response = await pool.run(worker, 300);
      expect(response).toMatchObject({ ok: true, body: { tries: 301, attempt: 301 } });
    }));

  test('is not asked where a job has thrown NoRetry, or a class of its own that extends it', () =>
    provePool({}, async (pool) => {
      const worker = new RefusesInput();
      let asked = 0;
      worker.retryStrategy = {
        decide() {
          asked += 1;
          return { action: 'immediately' };
        },
      };
      const heard: string[] = [];
      for (const event of [JobEvent.Retry, JobEvent.Failed])
        worker.addListener(event, (_worker, { attempt }) => void heard.push(`${event} ${attempt}`));
      const [itself, ownClass] = await pool.map(worker, ['itself', 'own class']);
      const error = { message: 'row 7 is no number', code: 'ERR_NO_RETRY', cause: { message: 'no digits' } };
      expect(itself).toMatchObject({ ok: false, error });
      expect(itself!.error).toBeInstanceOf(NoRetry);
      expect(ownClass).toMatchObject({ ok: false, error: { ...error, name: 'BadRow', row: 7 } });
      expect([itself!.attempts.length, ownClass!.attempts.length, asked]).toEqual([1, 1, 0]);
      expect(heard).toEqual(['job.event.failed 1', 'job.event.failed 1']);
      // The same without a pool.
      const alone = await worker.run('own class');
      expect([alone.error?.message, alone.attempts.length, asked]).toEqual(['row 7 is no number', 1, 0]);
    }));

  test('that throws fails the job with what it threw', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = {
        decide() {
          throw new RangeError('no decision');
        },
      } as Strategy;
      expect((await pool.run(worker, 1)).error).toMatchObject({ message: 'no decision' });
    }));

  test('ends a job that kills each process it gets, and its neighbours live', () =>
    provePool({ processes: 2 }, async (pool) => {
      const worker = new EndProcess();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
      const poison: End = { how: 'signal', signal: 'SIGKILL' };
      const responses = await pool.map(worker, [1, 2, poison, 3, 4]);
      expect(responses.map(({ ok }) => ok)).toEqual([true, true, false, true, true]);
      expect(responses[2]!.error).toMatchObject({
        code: 'ERR_PROCESS_CRASHED',
        signal: 'SIGKILL',
        exitCode: 137,
      });
      expect(responses[2]!.attempts).toHaveLength(3);
      expect(new Set(responses[2]!.attempts.map(({ pid }) => pid)).size).toBe(3);
    }));
});

describe('listeners', () => {
  test('of an instance hear the events of each attempt in order, with the job’s own view', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
      const heard: string[] = [];
      for (const event of Object.values(JobEvent))
        worker.addListener(event, (view, { attempt }) => {
          heard.push(`${event.slice('job.event.'.length)} ${attempt} ${view.status} ${view !== worker}`);
        });
      await pool.run(worker, 1);
      expect(heard).toEqual([
        'start 1 running true',
        'running 1 running true',
        'retry 1 retry true',
        'start 2 running true',
        'running 2 running true',
        'success 2 success true',
      ]);
      heard.length = 0;
      await pool.run(worker, 9);
      expect(heard.at(-1)).toBe('failed 2 failed true');
    }));

  test('that throw, reject, or are removed while they fire change nothing else', () =>
    provePool({}, async (pool) => {
      const worker = new Echo();
      let calls = 0;
      const once = () => {
        calls += 1;
        worker.removeListener(JobEvent.Success, once);
      };
      worker.addListener(JobEvent.Success, () => {
        throw new Error('thrown');
      });
      worker.addListener(JobEvent.Success, once);
      worker.addListener(JobEvent.Success, () => Promise.reject(new Error('rejected')));
      worker.addListener(JobEvent.Success, () => {
        calls += 100;
      });
      const responses = await pool.map(worker, [1, 2, 3]);
      expectAllOk(responses, 3);
      expect(calls).toBe(301);
    }));

  test('of Retry are awaited, and what they change is what the next attempt sees', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
      worker.addListener(JobEvent.Retry, async (view) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        view.tries += 40;
      });
      expect((await pool.run(worker, 1)).body).toEqual({ tries: 42, attempt: 2 });
    }));

  test('of the class run in the process that runs the job', () =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new Heard();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
      expect((await pool.run(worker, 1)).body).toEqual([
        'start 1',
        'running',
        'retry',
        'start 2',
        'running',
        'added 10',
      ]);
    }));

  test('keep no job alive when its call is aborted while they are busy', () =>
    provePool({}, async (pool) => {
      const controller = new AbortController();
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy();
      worker.addListener(JobEvent.Retry, () => {
        controller.abort();
        return new Promise((resolve) => setTimeout(resolve, 50));
      });
      await expect(pool.run(worker, 1, { signal: controller.signal })).rejects.toMatchObject({
        code: 'ABORT_ERR',
      });
      await until(() => pool.stats().outstanding === 0);
    }));
});

describe('what cannot be sent', () => {
  test('is refused with its path, in arguments, results, states and what is thrown, and the process lives on', () =>
    provePool({ processes: 1 }, async (pool) => {
      const { spawned } = pool.stats();
      const refused = await pool.run(new Echo(), { items: [1, { fn: () => 1 }] });
      expect(refused).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.items[1].fn' } });
      const result = await pool.run(new Unsendable(), 'result');
      expect(result).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'result.list[1].fn' } });
      const state = await pool.run(new Unsendable(), 'state');
      expect(state).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'state.state.fn' } });
      expect((await pool.run(new Unsendable(), 'thrown')).ok).toBe(false);
      const worker = Object.assign(new Echo(), { handle: { fn: () => 1 } });
      await expect(pool.run(worker, 1)).rejects.toMatchObject({ code: 'ERR_VALUE', path: 'state.handle.fn' });
      expect(pool.stats().spawned).toBe(spawned);
    }));

  test('does not hold up its neighbours', () =>
    provePool({}, async (pool) => {
      const responses = await pool.map(new Echo(), [1, () => 1, 2]);
      expect(responses.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect(responses[1]!.error).not.toBeInstanceOf(MprocError);
    }));
});
