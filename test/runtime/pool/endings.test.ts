import { setTimeout as delay } from 'node:timers/promises';
import {
  type Decision,
  JobEvent,
  type ProcessPool,
  type Response,
  RetryStrategy,
  type Worker,
} from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Echo, FailTimes, Later } from './jobs.worker.js';
import { provePool } from './prove-pool.js';
import { SlowlyTold } from './told-by-class.worker.js';

const ENDS: readonly JobEvent[] = [JobEvent.Success, JobEvent.Failed, JobEvent.Canceled];

/** Has every end that a listener hears do something, and keeps what was heard. */
function onEnds(worker: Worker<never, unknown>, act: (jobId: string) => void): string[] {
  const heard: string[] = [];
  for (const type of ENDS)
    worker.addListener(type, (_, { jobId, attempt }) => {
      heard.push(`${type.slice('job.event.'.length)} ${attempt}`);
      act(jobId);
    });
  return heard;
}

function answersOf(pool: ProcessPool): Response<unknown>[] {
  const answers: Response<unknown>[] = [];
  pool.on('response', (response) => answers.push(response));
  return answers;
}

describe('an end that is told', () => {
  test('is the only one, though a listener of it cancels the job', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
      const heard = onEnds(worker, (jobId) => pool.cancel(jobId));
      const response = await pool.run(worker, 99);
      expect(heard).toEqual(['failed 2']);
      expect(response.error?.message).toBe('attempt 2 fails');
      expect(response.attempts).toHaveLength(2);
    }));

  test.each([
    ['that has succeeded', new Echo(), 'success 1'],
    ['that has failed', new FailTimes(), 'failed 1'],
  ] as const)('is the only one, though a listener of it aborts the call of a job %s', (_, worker, end) =>
    provePool({}, async (pool) => {
      const stopping = new AbortController();
      const heard = onEnds(worker, () => stopping.abort());
      const answers = answersOf(pool);
      await expect(pool.run(worker as Worker, 1, { signal: stopping.signal })).rejects.toMatchObject({
        code: 'ABORT_ERR',
      });
      await delay(50);
      expect(heard).toEqual([end]);
      expect(answers.map(({ ok }) => ok)).toEqual([end.startsWith('success')]);
    }),
  );

  test('is the only one, though a listener cancels what has run out of time', () =>
    provePool({}, async (pool) => {
      const worker = new Later();
      const heard = onEnds(worker, (jobId) => pool.cancel(jobId));
      const response = await pool.run(worker, 60_000, { timeoutMs: 50 });
      expect(heard).toEqual(['failed 1']);
      expect(response.error).toMatchObject({ code: 'ERR_JOB_TIMEOUT' });
      expect(response.attempts).toHaveLength(1);
    }));
});

/** Resolves when the first attempt has failed; then the listeners of the class are told for a second. */
function whenFailed(worker: Worker<never, unknown>, { action }: Decision): Promise<void> {
  return new Promise((resolve) => {
    worker.retryStrategy = {
      decide() {
        resolve();
        return { action } as Decision;
      },
    };
  });
}

describe('while a process tells the listeners of the class', () => {
  test('a time limit adds no attempt, and changes no error', () =>
    provePool({ processes: 1 }, async (pool) => {
      await pool.run(new SlowlyTold(), 0);
      const response = await pool.run(new SlowlyTold(), 0, { timeoutMs: 2_000 });
      expect(response.error?.message).toBe('its own');
      expect(response.attempts.map(({ error }) => error?.message)).toEqual(['its own']);
    }));

  test('of the end, a cancel changes nothing', () =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new SlowlyTold();
      const failed = whenFailed(worker, { action: 'fail' });
      const running = pool.run(worker, 0);
      await failed;
      await delay(150);
      pool.cancel(running.jobId);
      const response = await running;
      expect(response.error?.message).toBe('its own');
      expect(response.attempts).toHaveLength(1);
    }));

  test('of a retry, a cancel ends the job without another attempt', () =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new SlowlyTold();
      const heard = onEnds(worker, () => {});
      const failed = whenFailed(worker, { action: 'immediately' });
      const running = pool.run(worker, 0);
      await failed;
      await delay(150);
      expect(pool.cancel(running.jobId)).toBe(true);
      const response = await running;
      expect(response.error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
      expect(response.attempts.map(({ error }) => error?.message)).toEqual(['its own']);
      expect(heard).toEqual(['failed 1']);
    }));
});
