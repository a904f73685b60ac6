import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { Leaves, type Leftover } from './leftovers.worker.js';
import { lives, provePool, until } from './prove-pool.js';

/** Nothing of these tests is ended by it. */
const closeTimeoutMs = 1_000_000;
const LEFT_AFTER_MS = 50;

describe('what a job leaves behind in its process', () => {
  test.each<[string, Leftover, number]>([
    ['a timer that loops', 'loop', Number.POSITIVE_INFINITY],
    ['a listener that loops when the process is replaced', 'exit-loop', 1],
    ['a listener that throws when the process is replaced', 'exit-throws', 1],
    ['something that breaks the loop of the process itself', 'broken', Number.POSITIVE_INFINITY],
  ])('lets the next job run: %s', (_, leftover, maxJobsPerProcess) =>
    provePool({ processes: 1, maxJobsPerProcess }, async (pool) => {
      const { body: pid } = await pool.run(new Leaves(), leftover);
      await delay(LEFT_AFTER_MS);
      expect(await pool.run(new Echo(), 'next')).toMatchObject({ ok: true, body: 'next' });
      await until(() => !lives(pid!));
    }),
  );

  test.each<Leftover>(['loop', 'exit-loop', 'exit-throws', 'broken'])('lets the pool close: %s', (leftover) =>
    provePool({ processes: 2, closeTimeoutMs }, async (pool) => {
      expect(await pool.run(new Leaves(), leftover)).toMatchObject({ ok: true });
      await delay(LEFT_AFTER_MS);
      await pool.close();
      expect(pool.stats().processes).toBe(0);
    }),
  );
});

test('close does not wait for a process that is stopped and runs nothing', () =>
  provePool({ processes: 1, closeTimeoutMs }, async (pool) => {
    await pool.run(new Echo(), 1);
    process.kill(pool.stats().pids[0]!, 'SIGSTOP');
    await pool.close();
    expect(pool.stats().processes).toBe(0);
  }));

test('a process that is stopped while it runs nothing does not keep jobs waiting', () =>
  provePool({ processes: 1 }, async (pool) => {
    await pool.run(new Echo(), 1);
    const [pid] = pool.stats().pids;
    process.kill(pid!, 'SIGSTOP');
    expect(await pool.run(new Echo(), 2)).toMatchObject({ ok: true, body: 2 });
    await until(() => !lives(pid!));
  }));
