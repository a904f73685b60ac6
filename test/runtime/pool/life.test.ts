import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { JobEvent, ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Echo, FailTimes, Hold, Later, Patient, Spin } from './jobs.worker.js';
import { expectAllOk, lives, provePool, until } from './prove-pool.js';

const closed = { code: 'ERR_POOL_CLOSED' };

describe('close', () => {
  test('lets all jobs finish, takes no new ones, and may be called twice', () =>
    provePool({}, async (pool) => {
      const call = pool.map(new Later(), Array(20).fill(10));
      const closing = pool.close();
      expect(pool.close()).toBe(closing);
      await expect(pool.run(new Echo(), 1)).rejects.toMatchObject(closed);
      await expect(pool.map(new Echo(), [1])).rejects.toMatchObject(closed);
      expect(() => pool.imap(new Echo(), [1])).toThrow(/closed/);
      const responses = await call;
      expectAllOk(responses, 20);
      await closing;
      expect(pool.stats().processes).toBe(0);
    }));

  test('waits for a call whose input is slow, and for retries that are due later', () =>
    provePool({}, async (pool) => {
      const slow = (async function* () {
        for (let at = 0; at < 5; at += 1) {
          await delay(30);
          yield at;
        }
      })();
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ type: 'later', backoff: { delayMs: 100 } });
      const calls = [pool.map(new Echo(), slow), pool.map(worker, [1])] as const;
      await pool.close();
      const [echoed, retried] = await Promise.all(calls);
      expect(echoed.map(({ body }) => body)).toEqual([0, 1, 2, 3, 4]);
      expect(retried[0]).toMatchObject({ ok: true, body: { attempt: 2 } });
    }));

  test('stops what is not done within closeTimeoutMs', () =>
    provePool({ closeTimeoutMs: 100 }, async (pool) => {
      const call = pool.map(new Spin(), [1, 2, 3]);
      const settled = expect(call).rejects.toMatchObject(closed);
      await pool.close();
      await settled;
    }));

  test('does not wait for an iterator that nobody reads', () =>
    provePool({}, async (pool) => {
      const endless = (function* () {
        for (;;) yield 1;
      })();
      const iterator = pool.imap(new Echo(), endless, { lookAhead: 8 });
      await iterator.next();
      await pool.close();
    }));

  test('is what await using does', async () => {
    let seen: ProcessPool | undefined;
    {
      await using pool = new ProcessPool(1);
      seen = pool;
      await pool.run(new Echo(), 1);
    }
    expect(seen.stats().processes).toBe(0);
  });
});

describe('destroy', () => {
  test('settles every promise during a map, with a stopped child and a spinning one', () =>
    provePool({ processes: 2 }, async (pool) => {
      await pool.map(new Hold(), [20, 20]);
      const calls = [
        pool.map(new Spin(), [1, 2, 3]),
        pool.run(new Echo(), 1),
        pool.imap(new Echo(), [1]).next(),
      ];
      const settled = Promise.allSettled(calls);
      await delay(20);
      process.kill(pool.stats().pids[0]!, 'SIGSTOP');
      const ends = [pool.destroy(), pool.destroy(), pool.close()];
      // Who is quick may have its answer; the endless jobs have none.
      const [spinning, ...others] = await settled;
      expect(spinning).toMatchObject({ status: 'rejected', reason: closed });
      for (const other of others)
        if (other.status === 'rejected') expect(other.reason).toMatchObject(closed);
        else expect(other.value).toBeDefined();
      await Promise.all(ends);
      expect(pool.stats().processes).toBe(0);
    }));

  test('works while the processes start, and before anything was asked', () =>
    provePool({ processes: 4 }, async (pool) => {
      const call = expect(pool.map(new Echo(), [1, 2, 3])).rejects.toMatchObject(closed);
      await pool.destroy();
      await call;
      expect(pool.stats().processes).toBe(0);
    }));

  test('while the pool closes lets close settle as well', () =>
    provePool({}, async (pool) => {
      const call = expect(pool.map(new Spin(), [1])).rejects.toMatchObject(closed);
      const closing = pool.close();
      await pool.destroy();
      await Promise.all([call, closing]);
    }));

  test('leaves nothing that touches the memory that is gone', () =>
    provePool({}, async (pool) => {
      const ids: string[] = [];
      pool.on('response', ({ jobId }) => ids.push(jobId));
      await pool.run(new Echo(), 1);
      const controller = new AbortController();
      const iterator = pool.imap(new Echo(), [1, 2], { signal: controller.signal });
      const call = pool.map(new Patient(), [1, 2, 3], { signal: controller.signal }).catch(() => {});
      await delay(20);
      await pool.destroy();
      await call;
      controller.abort();
      for (let call = 0; call < 5; call += 1)
        for (let index = 0; index < 3; index += 1)
          pool.cancel(ids[0]!.replace(/\d+\.\d+\.\d+$/, `2.${call}.${index}`));
      await expect(iterator.next()).rejects.toMatchObject({ name: /AbortError|PoolClosedError/ });
      pool.stats();
    }));

  test('may be called by a listener', () =>
    provePool({}, async (pool) => {
      const worker = new Echo();
      worker.addListener(JobEvent.Success, () => void pool.destroy());
      await expect(pool.map(worker, Array(50).fill(1))).rejects.toMatchObject(closed);
      await pool.destroy();
    }));

  test('cancels the timers of retries', () =>
    provePool({}, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = new RetryStrategy({ type: 'later', backoff: { delayMs: 60_000 } });
      const call = expect(pool.map(worker, [1])).rejects.toMatchObject(closed);
      await until(() => pool.stats().delayed === 1);
      await pool.destroy();
      await call;
      expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(10);
    }));
});

test.each(['destroy', 'close'])(
  'a program whose last word is await pool.%s() ends by itself with 0',
  (word) => {
    const script = `import { ProcessPool } from 'mproc-worker';
    const pool = new ProcessPool(2);
    await pool.${word}();
    console.log('after');`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(said).toBe('after\n');
  },
);

test('a program that forgets its pool ends all the same, and takes the children along', async () => {
  const script = `import { ProcessPool } from 'mproc-worker';
    const pool = new ProcessPool(2);
    console.log(JSON.stringify(pool.stats().pids));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const pids = JSON.parse(said) as number[];
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(pid).toBeGreaterThan(0);
  await until(() => !pids.some(lives));
});
