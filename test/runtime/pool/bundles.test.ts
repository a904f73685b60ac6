import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type JobResponse, type PoolOptions, type ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { type Errand, Errands } from './bundled.worker.js';
import { expectAllOk, lives, provePool, until } from './prove-pool.js';

const MANY = 3_000;

/** Numbers, which are done at once, with some errands among them. */
function inputs(errands: Record<number, Errand>, count = MANY): Errand[] {
  return Array.from({ length: count }, (_, at) => errands[at] ?? at);
}

/** All but the errands have their number for a result, at the first attempt. */
function expectNumbers(responses: readonly JobResponse<unknown>[], given: readonly Errand[]): void {
  expect(responses).toHaveLength(given.length);
  for (const [at, response] of responses.entries()) {
    if (typeof given[at] !== 'number') continue;
    if (response.body !== at || response.attempts.length !== 1 || response.index !== at)
      expect({ at, ...response, attempts: response.attempts }).toMatchObject({ body: at, index: at });
  }
}

/** A pool that has learned that the jobs of this worker are quick, and bundles them. */
function withBundles(
  options: PoolOptions,
  body: (pool: ProcessPool, worker: Errands) => Promise<void>,
): Promise<void> {
  return provePool({ processes: 2, ...options }, async (pool) => {
    const worker = new Errands();
    for (let call = 0; call < 3; call += 1) {
      const given = inputs({}, 1_000);
      expectNumbers(await pool.map(worker, given), given);
    }
    await body(pool, worker);
    expect(pool.stats()).toMatchObject({ outstanding: 0, inMemory: 0 });
  });
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is dead already, and the pool is about to hear of it.
  }
}

/** Has the process begun a job? Then it shows that in its title. */
function hasBegun(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('mproc ');
  } catch {
    return false;
  }
}

describe('of small jobs that share a slot', () => {
  test('one that throws, responds by itself, or gives what cannot be sent fails alone', () =>
    withBundles({}, async (pool, worker) => {
      const given = inputs({
        1000: { do: 'throw' },
        1001: { do: 'respond' },
        1500: { do: 'refuse' },
        2999: { do: 'throw' },
      });
      const responses = await pool.map(worker, given);
      expectNumbers(responses, given);
      expect(responses.filter(({ ok }) => !ok).map(({ index }) => index)).toEqual([1000, 1001, 1500, 2999]);
      expect(responses[1001]).toMatchObject({ exitCode: 9, error: { message: 'its own' } });
      expect(responses[1500]!.error).toMatchObject({ code: 'ERR_VALUE' });
    }));

  test('one that fails is tried again, with its own state and arguments', () =>
    withBundles({}, async (pool) => {
      const worker = new Errands();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
      const given = inputs({ 700: { do: 'throw' }, 1400: { do: 'mark' }, 1402: { do: 'throw' } });
      await pool.map(worker, inputs({}));
      const responses = await pool.map(worker, given);
      expectNumbers(responses, given);
      for (const at of [700, 1400, 1402]) expect(responses[at]!.attempts).toHaveLength(3);
      expect(responses[700]!.error).toMatchObject({ message: 'attempt 3' });
    }));

  test('one that kills its process fails alone, and costs the others no attempt', () =>
    withBundles({}, async (pool, worker) => {
      const given = inputs({
        40: { do: 'kill' },
        1200: { do: 'kill' },
        1201: { do: 'kill' },
        2998: { do: 'kill' },
      });
      const responses = await pool.map(worker, given);
      expectNumbers(responses, given);
      expect(responses.filter(({ ok }) => !ok).map(({ index }) => index)).toEqual([40, 1200, 1201, 2998]);
      expect(responses[1200]).toMatchObject({ exitCode: 137, error: { code: 'ERR_PROCESS_CRASHED' } });
    }));

  test('none is lost to a process that dies of a job that it has told the result of', () =>
    withBundles({}, async (pool, worker) => {
      for (let time = 0; time < 5; time += 1) {
        const given = inputs({}, 100_000);
        const call = pool.map(worker, given);
        await delay(20);
        const response = await pool.run(new Errands(), { do: 'die later' });
        expect(response).toMatchObject({ ok: true, body: 'done' });
        expectNumbers(await call, given);
      }
    }));

  test.runIf(process.platform === 'linux')(
    'one whose large result went with its process has crashed, and does not run again',
    () =>
      withBundles({ processes: 1 }, async (pool, worker) => {
        const given = inputs({ 1: { do: 'large and die later' } }, 4);
        const [pid] = pool.stats().pids as [number];
        const responses = pool.map(worker, given);
        // They are placed when this is over, and told of before the parent reads any of it.
        await Promise.resolve();
        const pause = new Int32Array(new SharedArrayBuffer(4));
        while (lives(pid)) Atomics.wait(pause, 0, 0, 2);
        expectNumbers(await responses, given);
        expect((await responses)[1]).toMatchObject({
          error: { code: 'ERR_PROCESS_CRASHED', signal: 'SIGKILL' },
          attempts: [{ pid }],
        });
      }),
  );

  test('one that takes its time does not hold the others up', () =>
    withBundles({}, async (pool, worker) => {
      const given = inputs({ 500: { do: 'hold', ms: 1_500 }, 501: { do: 'hold', ms: 1 } });
      const before = performance.now();
      let others = 0;
      for await (const response of pool.imapUnordered(worker, given)) {
        if (response.index === 500) break;
        others += 1;
      }
      expect(performance.now() - before).toBeGreaterThan(1_000);
      expect(others).toBe(MANY - 1);
    }));

  test('one that waits for something runs beside the others where it may', () =>
    withBundles({ concurrency: 8 }, async (pool, worker) => {
      const given = inputs(
        Object.fromEntries([5, 6, 900, 1500, 1501, 1502, 2999].map((at) => [at, { do: 'wait' }])),
      );
      const responses = await pool.map(worker, given);
      expectNumbers(responses, given);
      expect(responses[1501]!.body).toBe('waited');
    }));

  test('one reports its progress, and a large result comes as any other', () =>
    withBundles({}, async (pool, worker) => {
      const told: unknown[] = [];
      const given = inputs({ 800: { do: 'progress' }, 801: { do: 'large' }, 802: { do: 'progress' } });
      const responses = await pool.map(worker, given, {
        onProgress: ({ jobId, value }) => value !== undefined && told.push(`${jobId} ${value}`),
      });
      expectNumbers(responses, given);
      const [first, second] = [responses[800]!, responses[802]!];
      const order = [`${first.jobId} half`, `${second.jobId} half`];
      // Of two processes either may be told of first.
      if (first.attempts[0]!.pid !== second.attempts[0]!.pid) told.sort();
      expect(told).toEqual(order);
      expect(Buffer.alloc(2_000_000, 7).equals(responses[801]!.body as Buffer)).toBe(true);
    }));

  test('one that cannot be sent fails alone, and large arguments go by themselves', () =>
    withBundles({}, async (pool, worker) => {
      const given: unknown[] = inputs({});
      given[1100] = { do: () => {} };
      given[1101] = { do: 'throw', beside: 'x'.repeat(100_000) };
      given[1102] = { do: 'respond', beside: new Float64Array(1_000_000) };
      const responses = await pool.map(worker, given as Errand[]);
      expectNumbers(responses, given as Errand[]);
      expect(responses[1100]!.error).toMatchObject({ code: 'ERR_VALUE', message: 'args.do is a function' });
      expect(responses[1101]!.error).toMatchObject({ message: 'attempt 1' });
      expect(responses[1102]!.exitCode).toBe(9);
    }));

  test('one can be canceled by its id while it waits, and while it runs', () =>
    withBundles({ processes: 1, killTimeoutMs: 50 }, async (pool, worker) => {
      const before = await pool.map(worker, [1]);
      const [prefix, call] = /^(.*)\.(\d+)\.0$/.exec(before[0]!.jobId)!.slice(1) as [string, string];
      const idOf = (index: number) => `${prefix}.${Number(call) + 1}.${index}`;
      const given = inputs({ 300: { do: 'hold', ms: 60_000 } });
      let isHeld = false;
      const answers = pool.map(worker, given, {
        onProgress: ({ value }) => {
          isHeld ||= value === 'holds';
        },
      });
      await until(() => isHeld);
      expect([idOf(305), idOf(2990), idOf(300)].map((id) => pool.cancel(id))).toEqual([true, true, true]);
      expect(pool.cancel(idOf(10))).toBe(false);
      const responses = await answers;
      const canceled = responses.filter(({ ok }) => !ok);
      expect(canceled.map(({ index }) => index)).toEqual([300, 305, 2990]);
      for (const { error } of canceled) expect(error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    }));

  test('arguments whose getter gives memory back are sent as they are', () =>
    withBundles({ processes: 1 }, async (pool, worker) => {
      const busy = pool.run(worker, { do: 'hold', ms: 2_000 });
      await until(() => pool.stats().inMemory === 1);
      const waiting = pool.run(worker, 7);
      await until(() => pool.stats().inMemory === 2);
      const sly = {
        get do() {
          pool.cancel(waiting.jobId);
          return 'respond';
        },
      } as Errand;
      const given = [sly, ...inputs({}, 500).slice(1)];
      const responses = await pool.map(worker, given);
      expectNumbers(responses, given);
      expect(responses[0]!.exitCode).toBe(9);
      expect((await busy).ok).toBe(true);
      expect((await waiting).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    }));

  test.each(['taken:sleep(40):600', 'bundle-next:sleep(40):900', 'bundle-claimed:sleep(40):900'])(
    'those that others have done meanwhile are not done by a process that was held up at pool.%s',
    (failpoint) =>
      withBundles({ env: { ...process.env, MPROC_FAILPOINT: `pool.${failpoint}` } }, async (pool, worker) => {
        for (let call = 0; call < 5; call += 1) {
          const given = inputs({}, 20_000);
          expectNumbers(await pool.map(worker, given), given);
        }
      }),
  );

  test('all are taken back when their call is given up', () =>
    withBundles({ killTimeoutMs: 50 }, async (pool, worker) => {
      for (let time = 0; time < 10; time += 1) {
        const controller = new AbortController();
        const call = pool.map(worker, inputs({ 2000: { do: 'hold', ms: 20_000 } }, 50_000), {
          signal: controller.signal,
        });
        setTimeout(() => controller.abort(), 2 * time);
        await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR' });
        await until(() => pool.stats().inMemory === 0);
      }
    }));

  test('none is lost while processes are killed at any moment', () =>
    withBundles({ processes: 3 }, async (pool) => {
      const worker = new Errands();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 100 });
      let kills = 0;
      const killing = setInterval(() => {
        // One that still loads the module has no bundle to lose.
        const pids = pool.stats().pids.filter(hasBegun);
        if (pids.length === 0 || kills === 30) return;
        killIfAlive(pids[kills % pids.length]!);
        kills += 1;
      }, 70);
      while (kills < 30) {
        const responses = await pool.map(worker, inputs({}, 50_000));
        expectAllOk(responses, 50_000);
        expect(responses.findIndex(({ body }, at) => body !== at)).toBe(-1);
      }
      clearInterval(killing);
    }));
});
