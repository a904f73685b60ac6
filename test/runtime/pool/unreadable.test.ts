import { JobEvent, type ProcessPool, RetryStrategy, SharedArray } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Echo, Reporter } from './jobs.worker.js';
import { Meet } from './meeting.worker.js';
import { lives, provePool, until } from './prove-pool.js';
import {
  FailsWithListeners,
  Holds,
  LeavesUnreadable,
  Makes,
  SmallTeller,
  Step,
  TellsUnreadable,
  type What,
  type Where,
} from './unreadable.worker.js';

const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
beforeAll(() => void process.on('uncaughtExceptionMonitor', note));
afterAll(() => {
  process.off('uncaughtExceptionMonitor', note);
  expect(uncaught).toEqual([]);
});

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Runs the job and looks at nothing that it tells before what it told of is gone. */
async function tellUnseen(pool: ProcessPool, worker: TellsUnreadable, where: Where, what: What) {
  using control = SharedArray.allocate('Int32Array', 3);
  const { values } = control;
  const response = pool.run(worker, { where, what, control });
  await until(() => Atomics.load(values, Step.Started) === 1);
  Atomics.store(values, Step.Go, 1);
  const giveUpAt = Date.now() + 200_000;
  while (Atomics.load(values, Step.Done) === 0) {
    if (Date.now() > giveUpAt) throw new Error('the job did not come so far');
    Atomics.wait(sleeper, 0, 0, 5);
  }
  if (what === 'array of a process that died' || where === 'fatal')
    while (lives(Atomics.load(values, Step.Done))) Atomics.wait(sleeper, 0, 0, 5);
  return response;
}

/** A job that runs until it is told to end. */
function held(pool: ProcessPool) {
  const arrived = SharedArray.allocate('Int32Array', 1);
  const response = pool.run(new Meet(), { arrived, goesOnAt: 2 });
  return {
    async end() {
      await until(() => Atomics.load(arrived.values, 0) === 1);
      Atomics.add(arrived.values, 0, 1);
      const ended = await response;
      arrived.close();
      return ended;
    },
  };
}

const PATHS: Record<Where, string> = {
  result: 'result.items[1]',
  response: 'result.body.items[1]',
  'own error': 'result.error.items[1]',
  thrown: 'error.items[1]',
  progress: 'progress.items[1]',
  state: 'state.kept.items[1]',
  'in a map': 'result.get("key").get(1)',
  'in a set': 'result<set item 1>',
  fatal: 'error.items[1]',
};
/** An array in a result is its caller's as soon as that has it: where its process dies before, the result goes with it. */
const IN_RESULTS: readonly Where[] = ['result', 'response', 'own error', 'in a map', 'in a set'];
const PLACES = (Object.keys(PATHS) as Where[]).filter((where) => where !== 'fatal');

describe('a value of a child that the parent cannot read', () => {
  test.each(PLACES)('costs its own job alone: a closed array, told as %s', (where) =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new TellsUnreadable();
      worker.addListener(JobEvent.Success, () => {});
      const other = pool.run(new Holds(), 1);
      const response = await tellUnseen(pool, worker, where, 'closed array');
      expect(response).toMatchObject({
        ok: false,
        error: { code: 'ERR_VALUE', path: PATHS[where], message: expect.stringContaining('was closed') },
      });
      expect(response.attempts).toHaveLength(1);
      expect((await other).ok).toBe(true);
    }),
  );

  test.each(PLACES.filter((where) => where !== 'state'))(
    'costs its own job alone: a large value whose file is gone, told as %s',
    (where) =>
      provePool({ processes: 1 }, async (pool) => {
        const response = await tellUnseen(pool, new TellsUnreadable(), where, 'lost large value');
        // Not by what it is like, which would show all of the value where it came through.
        expect((response.error as { code?: string } | undefined)?.code).toBe('ERR_VALUE');
        expect(response.attempts).toHaveLength(1);
      }),
  );

  test.each(PLACES)('of a process that died is an error of its job, told as %s', (where) =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new TellsUnreadable();
      worker.addListener(JobEvent.Success, () => {});
      const response = await tellUnseen(pool, worker, where, 'array of a process that died');
      const error = IN_RESULTS.includes(where)
        ? { code: 'ERR_PROCESS_CRASHED' }
        : { code: 'ERR_VALUE', path: PATHS[where] };
      expect(response).toMatchObject({ ok: false, error });
    }),
  );

  test('in what a process dies of costs the jobs of that process alone', () =>
    provePool({ processes: 1 }, async (pool) => {
      const response = await tellUnseen(pool, new TellsUnreadable(), 'fatal', 'closed array');
      expect(response).toMatchObject({ ok: false, error: { code: 'ERR_PROCESS_CRASHED' } });
    }));

  test('is not handed on where a failed attempt has left it: the next begins with what the last one began with', () => {
    const logged: string[] = [];
    const logger = {
      error: (text: string) => void logged.push(text),
      warn() {},
      info() {},
      debug() {},
    } as never;
    return provePool({ processes: 1, logger }, async (pool) => {
      const worker = new LeavesUnreadable();
      worker.kept = 'from the start';
      worker.retryStrategy = new RetryStrategy({ maxRetries: 3, type: 'immediately' });
      const response = await tellUnseen(pool, worker, 'state', 'closed array');
      expect(response).toMatchObject({ ok: true, body: 'from the start' });
      expect(response.attempts).toHaveLength(2);
      expect(logged).toEqual([expect.stringMatching(/^job .* what an attempt has left cannot be read/)]);
    });
  });

  test('is tried again under the job’s strategy, and no failure of one attempt is left to the next', () =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new TellsUnreadable();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'immediately' });
      const response = await tellUnseen(pool, worker, 'progress', 'closed array');
      const errors = response.attempts.map(({ error }) => error && (error as { code?: string }).code);
      // Its first attempt fails; of a later one, the parent may have seen what it told.
      const [first, ...later] = errors;
      expect(first).toBe('ERR_VALUE');
      expect(
        response.ok ? [['ERR_VALUE', undefined], [undefined]] : [['ERR_VALUE', 'ERR_VALUE']],
      ).toContainEqual(later);
    }));

  test('fails those of many small jobs that told of it, and no other', () =>
    provePool({ processes: 2 }, async (pool) => {
      const values = Array.from({ length: 2_000 }, (_, at) => at);
      let reports = 0;
      const responses = await pool.map(new SmallTeller(), values, {
        onProgress: ({ value }) => {
          if (value !== undefined) reports += 1;
        },
      });
      expect(responses).toHaveLength(2_000);
      let failed = 0;
      for (const [at, { ok, body, error }] of responses.entries()) {
        if (!ok) {
          expect(at % 100).toBe(50);
          expect(error).toMatchObject({ code: 'ERR_VALUE', path: 'progress[0]' });
          failed += 1;
        } else expect(body).toBe(at);
      }
      expect(failed + reports).toBe(20);
      // The array is closed at once, so most are gone before the parent comes to them.
      expect(failed).toBeGreaterThan(0);
    }));
});

describe('a value of the parent that the child cannot read', () => {
  test('fails its job: arguments that were closed while it waited', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = held(pool);
      const waiting = pool.run(new Echo(), { deep: [array] });
      await until(() => pool.stats().inMemory === 2);
      array.close();
      expect((await busy.end()).ok).toBe(true);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.deep[0]' } });
    }));

  test('fails its job: a worker’s state that was closed while it waited', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = held(pool);
      const worker = Object.assign(new Echo(), { kept: [array] });
      const waiting = pool.run(worker, 1);
      await until(() => pool.stats().inMemory === 2);
      array.close();
      expect((await busy.end()).ok).toBe(true);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'state.kept[0]' } });
    }));

  test('does not fail its job: an array that a job has returned, and whose process died', () =>
    provePool({ processes: 1 }, async (pool) => {
      const { body: array } = await pool.run(new Makes(), 0);
      const { body: pid } = await pool.run(new Holds(), 0);
      process.kill(pid!, 'SIGKILL');
      await until(() => !lives(pid!));
      const response = await pool.run(new Echo(), [array]);
      expect(response).toMatchObject({ ok: true, body: [array] });
      expect([...array!.values]).toEqual([1, 2, 3]);
      array!.close();
    }));

  test('does not keep a failed job from its answer where listeners of its class cannot be told', () => {
    const logged: unknown[][] = [];
    const log = (...texts: unknown[]) => void logged.push(texts);
    const logger = { error: log, warn: log, info() {}, debug() {} } as never;
    return provePool({ processes: 1, logger }, async (pool) => {
      const array = SharedArray.from('Int32Array', [1, 2, 3]);
      const busy = held(pool);
      const worker = Object.assign(new FailsWithListeners(), { kept: array });
      worker.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });
      const waiting = pool.run(worker, 1);
      await until(() => pool.stats().inMemory === 2);
      array.close();
      expect((await busy.end()).ok).toBe(true);
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
