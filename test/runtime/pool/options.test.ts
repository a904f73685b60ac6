import { ProcessPool, SharedArray } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Echo, Grow, Hold, Later } from './jobs.worker.js';
import { Meet } from './meeting.worker.js';
import { expectAllOk, provePool, until } from './prove-pool.js';

test('concurrency lets one process run jobs side by side', () =>
  provePool({ processes: 1, concurrency: 8 }, async (pool) => {
    using arrived = SharedArray.allocate('Int32Array', 1);
    // Each ends when all have begun.
    const responses = await pool.map(new Meet(), Array(8).fill({ arrived, goesOnAt: 8 }));
    expectAllOk(responses, 8);
    expect(new Set(responses.map(({ attempts }) => attempts[0]!.pid)).size).toBe(1);
  }));

test('a job that waits in a process does not keep others from an idle one', () =>
  provePool({ processes: 2 }, async (pool) => {
    await pool.map(new Hold(), [50, 50]);
    using arrived = SharedArray.allocate('Int32Array', 1);
    const long = pool.run(new Meet(), { arrived, goesOnAt: 2 });
    await until(() => Atomics.load(arrived.values, 0) === 1);
    expect(await pool.run(new Later(), 1)).toMatchObject({ ok: true });
    Atomics.add(arrived.values, 0, 1);
    expect(await long).toMatchObject({ ok: true });
  }));

test('long jobs after many small ones use all processes', () =>
  provePool({ processes: 2 }, async (pool) => {
    await pool.map(new Echo(), Array(5_000).fill(0));
    using arrived = SharedArray.allocate('Int32Array', 1);
    const responses = await pool.map(new Meet(), Array(2).fill({ arrived, goesOnAt: 2 }));
    expectAllOk(responses, 2);
    expect(new Set(responses.map(({ attempts }) => attempts[0]!.pid)).size).toBe(2);
  }));

test('maxJobsPerProcess replaces a process after so many jobs', () =>
  provePool({ processes: 1, maxJobsPerProcess: 3 }, async (pool) => {
    const responses = await pool.map(new Hold(), Array(7).fill(0));
    const pids = responses.map(({ body }) => body);
    expect(new Set(pids).size).toBe(3);
    expect(pids.filter((pid) => pid === pids[0])).toHaveLength(3);
    expectAllOk(responses, 7);
    expect(responses.map(({ attempts }) => attempts.length)).toEqual(Array(7).fill(1));
  }));

test('maxMemoryBytes replaces a process after the job that made it too large', () =>
  provePool({ processes: 1, maxMemoryBytes: 300 * 1024 * 1024 }, async (pool) => {
    const { body: first } = await pool.run(new Grow(), 1024);
    const { body: same } = await pool.run(new Grow(), 320 * 1024 * 1024);
    const { body: next } = await pool.run(new Grow(), 1024);
    expect(same).toBe(first);
    expect(next).not.toBe(first);
  }));

test('idleTimeoutMs ends processes that have nothing to do, and jobs bring them back', () =>
  provePool({ processes: 2, idleTimeoutMs: 100 }, async (pool) => {
    await pool.map(new Echo(), [1, 2, 3]);
    await until(() => pool.stats().processes === 0);
    const { spawned } = pool.stats();
    expect((await pool.run(new Echo(), 'back')).body).toBe('back');
    expect(pool.stats().spawned).toBeGreaterThan(spawned);
  }));

test('options are refused by name, with what was expected and received', () => {
  for (const [options, message] of [
    [{ processes: 0 }, /option processes must be a whole number from 1/],
    [{ concurrency: 1.5 }, /option concurrency must be a whole number/],
    [{ timeoutMs: -1 }, /option timeoutMs must be a number above 0; received -1/],
    [{ memoryBytes: 10 }, /option memoryBytes must be a whole number/],
    [{ closeTimeoutMs: -1 }, /option closeTimeoutMs must be milliseconds from 0/],
    ['four', /takes options or a number of processes; received four/],
    [{ procceses: 4 }, /has no option procceses; did you mean processes\?/],
    [{ maxQueue: -1 }, /option maxQueue must be a whole number from 0/],
    [{ execArgv: '--expose-gc' }, /option execArgv must be an array of arguments/],
    [{ env: 5 }, /option env must be an object/],
    [{ logger: { error() {} } }, /option logger must have the methods .*; debug is missing/],
    [{ queues: {} }, /option queues must be a factory of queues/],
    [{ results: {} }, /option results must be a queue/],
  ] as const)
    expect(() => new ProcessPool(options as never)).toThrow(message);
});

test('a limit of Infinity is none', () =>
  provePool({ maxQueue: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY }, async (pool) => {
    const responses = await Promise.all(Array.from({ length: 20 }, () => pool.run(new Later(), 1)));
    expectAllOk(responses, 20);
  }));

test('a time without end is as long as a timer can be, not one millisecond', () =>
  provePool({ closeTimeoutMs: Number.POSITIVE_INFINITY, idleTimeoutMs: 1e12 }, async (pool) => {
    const call = pool.map(new Later(), [200]);
    await pool.close();
    expect((await call)[0]!.ok).toBe(true);
  }));

test('the smallest memory serves many workers, one after another', () =>
  provePool({ processes: 1, memoryBytes: 1024 * 1024 }, async (pool) => {
    for (let at = 0; at < 100; at += 1) {
      const worker = Object.assign(new Echo(), { padding: 'x'.repeat(8_000), at });
      expect((await pool.run(worker, at)).body).toBe(at);
    }
  }));

test('memory need not be whole pages', () =>
  provePool({ processes: 1, memoryBytes: 4_000_001 }, async (pool) => {
    const responses = await pool.map(new Echo(), Array(1_000).fill(1));
    expectAllOk(responses, 1_000);
  }));

test('thirty-two processes answer', () =>
  provePool({ processes: 32 }, async (pool) => {
    const responses = await pool.map(new Echo(), Array(320).fill(1));
    expectAllOk(responses, 320);
  }));
