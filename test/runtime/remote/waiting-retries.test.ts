import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { expect, test, vi } from 'vitest';
import { Echo, FailTimes } from '../pool/jobs.worker.js';
import { queuesOf, removeQueues } from './queues.js';

const LONG_MS = 600_000;

test('a job that waits for its next attempt keeps its host from no other job', async () => {
  const space = `retries-${process.pid}`;
  const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
  try {
    const worker = new FailTimes();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'later', backoff: { delayMs: LONG_MS } });
    const waiting = Array.from({ length: 3 }, () => pool.run(worker, 1).catch(({ code }) => code));
    await vi.waitFor(() => expect(pool.stats().delayed).toBe(3), { timeout: 120_000 });
    expect((await pool.run(new Echo(), 'other')).body).toBe('other');
    expect(pool.stats().delayed).toBe(3);
    await pool.destroy();
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('ERR_POOL_CLOSED'));
  } finally {
    await pool.destroy();
    await removeQueues(space, ['jobs.FailTimes', 'jobs.Echo']);
  }
});
