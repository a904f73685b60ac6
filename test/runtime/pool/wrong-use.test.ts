import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { JobEvent, type ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Echo, FailTimes, Hold } from './jobs.worker.js';
import { lives, provePool, until } from './prove-pool.js';
import { Attended, Immortal, Untouchable } from './wrong-use.worker.js';

const refused = (message: RegExp) => ({ code: 'ERR_OPTION', message: expect.stringMatching(message) });

describe('options of a call', () => {
  test.each([
    [{ timeout: 5 }, /a call has no option timeout; did you mean timeoutMs\?/],
    [null, /a call takes an object of options; received null/],
    [{ signal: new AbortController() }, /option signal must be an AbortSignal/],
    [{ onProgress: 5 }, /option onProgress must be a function; received 5/],
    [{ onSubmit: 'x' }, /option onSubmit must be a function; received x/],
  ])('%o are refused by every call', (options, message) =>
    provePool({ processes: 1 }, async (pool) => {
      const wrong = options as never;
      await expect(pool.run(new Echo(), 1, wrong)).rejects.toMatchObject(refused(message));
      await expect(pool.map(new Echo(), [1], wrong)).rejects.toMatchObject(refused(message));
      expect(() => pool.imap(new Echo(), [1], wrong)).toThrow(expect.objectContaining(refused(message)));
    }),
  );
});

describe('an input', () => {
  const calls = (pool: ProcessPool, input: unknown) => [
    pool.map(new Echo(), input as never),
    (async () => {
      for await (const _ of pool.imap(new Echo(), input as never)) void _;
    })(),
  ];

  test('that throws nothing at all ends the call all the same', () =>
    provePool({ processes: 1 }, async (pool) => {
      const throwing = {
        *[Symbol.iterator]() {
          yield 1;
          throw undefined;
        },
      };
      const rejecting = {
        async *[Symbol.asyncIterator]() {
          yield 1;
          throw undefined;
        },
      };
      for (const input of [throwing, rejecting])
        for (const call of calls(pool, input)) await expect(call).rejects.toThrow(/was thrown: undefined/);
    }));

  test.each([
    ['no iterator', { [Symbol.iterator]: 5 }, /must be an iterable/],
    ['an iterator without next', { [Symbol.iterator]: () => ({}) }, /must have a method next/],
    ['an iterator that gives no objects', { [Symbol.iterator]: () => ({ next: () => 5 }) }, /it gave 5/],
    ['the same, async', { [Symbol.asyncIterator]: () => ({ next: () => 5 }) }, /it gave 5/],
  ])('with %s is refused', (_name, input, message) =>
    provePool({ processes: 1 }, async (pool) => {
      for (const call of calls(pool, input)) await expect(call).rejects.toMatchObject(refused(message));
    }),
  );

  test('whose end throws does no harm', () =>
    provePool({ processes: 1 }, async (pool) => {
      const ends = [
        () => {
          throw new Error('at once');
        },
        () => Promise.reject(new Error('later')),
      ];
      for (const end of ends) {
        const input = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1 }), return: end }) };
        for await (const { body } of pool.imap(new Echo(), input as never)) {
          expect(body).toBe(1);
          break;
        }
      }
    }));
});

describe('a strategy', () => {
  test.each([
    [undefined],
    [null],
    [{ action: 'again' }],
    [{ action: 'later' }],
    [{ action: 'later', delayMs: Number.NaN }],
    [Promise.resolve({ action: 'fail' })],
  ])('that decides %o fails the job', (decision) =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new FailTimes();
      worker.retryStrategy = { decide: () => decision as never };
      const [failed, other] = await pool.map(worker, [1, 0]);
      expect(failed).toMatchObject({ ok: false, error: refused(/a strategy must decide/) });
      expect(failed!.attempts).toMatchObject([{ error: { message: 'attempt 1 fails' } }]);
      expect(other!.ok).toBe(true);
      const alone = await Object.assign(new FailTimes(), { retryStrategy: worker.retryStrategy }).run(1);
      expect(alone).toMatchObject({ ok: false, error: refused(/a strategy must decide/) });
    }),
  );

  test('with an option that is none is refused', () => {
    for (const [options, message] of [
      [{ maxRetires: 3 }, /new RetryStrategy has no option maxRetires; did you mean maxRetries\?/],
      [{ backoff: { delay: 5 } }, /option backoff has no option delay; did you mean delayMs\?/],
      [{ backoff: null }, /option backoff takes an object/],
      [null, /new RetryStrategy takes an object/],
    ] as const)
      expect(() => new RetryStrategy(options as never)).toThrow(expect.objectContaining(refused(message)));
  });
});

describe('listeners', () => {
  test('of no event, or that are none, are refused', () => {
    const worker = new Echo();
    expect(() => worker.addListener('job.event.faild' as never, () => {})).toThrow(/addListener hears/);
    for (const listener of [undefined, null, 5, {}, { notify: 5 }])
      expect(() => worker.addListener(JobEvent.Start, listener as never)).toThrow(/must be a function/);
  });

  test('of the pool that reject are reported, and change nothing else', async () => {
    const reported: unknown[] = [];
    const error = (...what: unknown[]) => void reported.push(what);
    const logger = { debug() {}, info() {}, warn() {}, error };
    await provePool({ processes: 1, logger }, async (pool) => {
      pool.on('response', async () => {
        throw new Error('from a listener');
      });
      expect((await pool.run(new Echo(), 1)).body).toBe(1);
      await until(() => reported.length === 1);
      expect(reported[0]).toMatchObject([
        expect.stringMatching(/pool's response failed/),
        { message: 'from a listener' },
      ]);
    });
  });
});

test('the reason of an abort may be anything, where the class hears of the end', () =>
  provePool({ processes: 1, killTimeoutMs: 50 }, async (pool) => {
    await pool.run(new Echo(), 1);
    const busy = pool.run(new Hold(), 200);
    for (const reason of [() => 1, new Proxy({}, {}), Symbol('why'), { deep: new WeakMap() }]) {
      const controller = new AbortController();
      const call = pool.run(new Attended(), 1, { signal: controller.signal });
      controller.abort(reason);
      await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason });
    }
    expect((await busy).ok).toBe(true);
  }));

test('a result that throws when it is looked at is refused, and its process lives on', () =>
  provePool({ processes: 1 }, async (pool) => {
    const responses = await pool.map(new Untouchable(), ['proxy', 'revoked', 'getter', 'none']);
    const bad = {
      ok: false,
      error: { code: 'ERR_VALUE', message: expect.stringMatching(/could not be read/) },
    };
    expect(responses).toMatchObject([{ ok: true }, bad, bad, { ok: true, body: 'none' }]);
    expect(pool.stats().spawned).toBe(1);
  }));

test('a process whose job has taken away every way to exit ends with the pool', () =>
  provePool({ processes: 1, closeTimeoutMs: 600_000 }, async (pool) => {
    const { body: pid } = await pool.run(new Immortal(), 0);
    await pool.close();
    await until(() => !lives(pid!));
  }));

test('a program whose worker is in its own file does not make pools without end', async () => {
  const program = new URL('./pool-in-itself.mjs', import.meta.url);
  const direct = await promisify(execFile)(process.execPath, [fileURLToPath(program)]);
  expect(direct.stdout).toMatch(/^ERR_WORKER_MODULE: .*class Own is the running program.* module of its own/);
  const indirect = await promisify(execFile)(process.execPath, ['-e', `import('${program}')`]);
  expect(indirect.stdout).toMatch(
    /^ERR_WORKER_MODULE: .*class Own contains the program .* module of its own/,
  );
  // The parent cannot know of a module that it has not loaded itself.
  const unknown = new URL('./pool-in-a-child.mjs', import.meta.url);
  const inChild = await promisify(execFile)(process.execPath, [fileURLToPath(unknown)]);
  expect(inChild.stdout).toMatch(
    /^ERR_MODULE_LOAD: .*a pool was made by the top level of .* module of its own/,
  );
});

test('nor does one that waits before it makes its pool, in a function that nobody waits for', async () => {
  const program = new URL('./pool-after-load.mjs', import.meta.url);
  // From another module, as a chunk of a bundle: the running program itself is refused before.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', `import('${program}')`]);
  expect(stdout).toMatch(/^a pool is made\n(a pool is made\n)*done\n/);
  expect(stderr).toMatch(/ERR_MODULE_LOAD.*|a pool was made by the top level of .*pool-after-load\.mjs/);
});

test('nothing is outstanding once a pool is destroyed', () =>
  provePool({}, async (pool) => {
    const call = pool.map(new Hold(), Array(20).fill(50));
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const ended = pool.destroy();
    expect(pool.stats().outstanding).toBe(0);
    await ended;
    await rejected;
    expect(pool.stats()).toMatchObject({
      outstanding: 0,
      delayed: 0,
      inMemory: 0,
      processes: 0,
      pids: [],
    });
  }));
