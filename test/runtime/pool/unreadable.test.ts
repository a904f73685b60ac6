import { setTimeout as delay } from 'node:timers/promises';
import { JobEvent, RetryStrategy, SharedArray } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Echo, Reporter } from './jobs.worker.js';
import { lives, provePool, until } from './prove-pool.js';
import { FailsWithListeners, Holds, Makes } from './unreadable.worker.js';

const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
beforeAll(() => void process.on('uncaughtExceptionMonitor', note));
afterAll(() => {
  process.off('uncaughtExceptionMonitor', note);
  expect(uncaught).toEqual([]);
});

describe('a value of the parent that the child cannot read', () => {
  test('fails its job: arguments that were closed while it waited', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = pool.run(new Holds(), 300);
      const waiting = pool.run(new Echo(), { deep: [array] });
      await delay(50);
      array.close();
      expect((await busy).ok).toBe(true);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.deep[0]' } });
    }));

  test('fails its job: a worker’s state that was closed while it waited', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = pool.run(new Holds(), 300);
      const worker = Object.assign(new Echo(), { kept: [array] });
      const waiting = pool.run(worker, 1);
      await delay(50);
      array.close();
      expect((await busy).ok).toBe(true);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'state.kept[0]' } });
    }));

  test('fails its job: an array of a process that died', () =>
    provePool({ processes: 1 }, async (pool) => {
      const { body: array } = await pool.run(new Makes(), 0);
      const { body: pid } = await pool.run(new Holds(), 0);
      process.kill(pid!, 'SIGKILL');
      await until(() => !lives(pid!));
      const response = await pool.run(new Echo(), [array]);
      expect(response).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args[0]' } });
      expect([...array!.values]).toEqual([1, 2, 3]);
    }));

  test('does not keep a failed job from its answer where listeners of its class cannot be told', () => {
    const logged: unknown[][] = [];
    const log = (...texts: unknown[]) => void logged.push(texts);
    const logger = { error: log, warn: log, info() {}, debug() {} } as never;
    return provePool({ processes: 1, logger }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = pool.run(new Holds(), 300);
      const worker = Object.assign(new FailsWithListeners(), { kept: array });
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });
      const waiting = pool.run(worker, 1);
      await delay(50);
      array.close();
      expect((await busy).ok).toBe(true);
      const response = await waiting;
      expect(response).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'state.kept' } });
      expect(response.attempts).toHaveLength(2);
      expect(String(logged[0]?.[0])).toMatch(/listeners of job/);
    });
  });
});

test('a callback that throws is told to the logger and changes nothing else', () => {
  const logged: unknown[][] = [];
  const log = (...texts: unknown[]) => void logged.push(texts);
  const logger = { error: log, warn: log, info() {}, debug() {} } as never;
  return provePool({ processes: 1, logger }, async (pool) => {
    const thrown = new Error('a callback of the program fails');
    const fail = () => {
      throw thrown;
    };
    pool.on('response', fail);
    const worker = new Reporter();
    worker.addListener(JobEvent.Success, fail);
    const { ok, body } = await pool.run(worker, 3, { onProgress: fail });
    expect([ok, body]).toEqual([true, 'done']);
    const [mapped] = await pool.map(worker, [2], { onProgress: fail });
    expect(mapped).toMatchObject({ ok: true, body: 'done' });
    pool.off('response', fail);
    expect(logged.filter((texts) => texts.includes(thrown)).length).toBeGreaterThanOrEqual(9);
  });
});
