import { JobEvent, moduleWorker, ProcessPool, type Response, RetryStrategy, SharedArray } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { counter, Prices } from '../functions/modules/hearers.mjs';
import { broken, Does, resource, type Told } from '../functions/modules/parity.mjs';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { childrenOf } from './prove-pool.js';

/** What a response tells, apart from times and processes. */
function told(response: Response<unknown>): unknown {
  const { ok, body, error, exitCode, index, attempts } = response;
  const errorOf = (one: Error | undefined) =>
    one && { ...one, name: one.name, message: withoutId(one.message), cause: String(one.cause) };
  return {
    ok,
    body,
    error: errorOf(error),
    exitCode,
    index,
    attempts: attempts.map((attempt) => ({ exitCode: attempt.exitCode, error: errorOf(attempt.error) })),
  };
}

/** A process that has just been made answers when it has loaded the class. */
const PATIENT = { timeoutMs: 240_000 };

const withoutId = (text: string) => text.replace(/job [\w.-]+/, 'job *');

function does(fields: Partial<Does> = {}): Does {
  return Object.assign(new Does(), fields);
}

const shared = Buffer.from('shared');
const cycle: Record<string, unknown> = {
  date: new Date(5),
  map: new Map([[1, -0]]),
  bytes: shared,
  again: shared,
};
cycle.self = cycle;

const SCENARIOS: Record<string, (pool: ProcessPool) => Promise<unknown>> = {
  'values, in order': async (pool) =>
    (
      await pool.map(
        does(),
        [undefined, null, cycle, 10n, new Error('e')].map((value) => ({ what: 'value', value })),
      )
    ).map(told),
  'an async input, and imap': async (pool) => {
    async function* inputs(): AsyncGenerator<Told> {
      for (const value of [1, 2, 3]) yield { what: 'value', value };
    }
    const seen = [];
    for await (const response of pool.imap(does(), inputs(), { lookAhead: 1 })) seen.push(told(response));
    return [seen, await pool.map(does(), inputs(), { orThrow: true })];
  },
  'what cannot be sent': async (pool) =>
    (
      await pool.map(does(), [
        { value: () => 1 },
        { what: 'function' },
        { what: 'value', value: new WeakMap() },
      ])
    ).map(told),
  'what is thrown': async (pool) =>
    (
      await pool.map(does(), [
        { times: 1 },
        { what: 'thing' },
        { what: 'refusal' },
        { what: 'response', value: 1 },
      ])
    ).map(told),
  'retries, with state, listeners on both sides, and a strategy that gives up': async (pool) => {
    const events: unknown[] = [];
    const worker = does({ heard: [] });
    worker.retryStrategy = new RetryStrategy({
      maxRetries: 2,
      type: 'later',
      backoff: { type: 'fixed', delayMs: 5 },
    });
    for (const event of Object.values(JobEvent))
      worker.addListener(event, (view, { type, attempt, kind, body, delayMs }) => {
        events.push({ type, attempt, kind, body, delayMs, tries: (view as Does).tries, status: view.status });
        if (type === JobEvent.Retry) (view as Does).tries += 10;
      });
    const responses = [];
    for (const input of [
      { what: 'tries', times: 2 },
      { times: 9 },
      { what: 'no retry' },
      { what: 'mutates', value: { n: 1 } },
    ])
      responses.push(told(await pool.run(worker, input)));
    return { events, responses, tries: worker.tries };
  },
  'progress, and the input of each job': async (pool) => {
    const reports: unknown[] = [];
    const onProgress = ({
      value,
      done,
      total,
    }: {
      value?: unknown;
      done: number;
      total?: number | undefined;
    }) => reports.push([value, done, total]);
    const jobs = [{ what: 'progress', value: ['a', 'b'] }, { what: 'odd progress' }];
    const responses = await pool.map(does(), jobs, { onProgress, keepInputs: true });
    return [reports, responses.map(told), responses.map(({ input }) => jobs.indexOf(input))];
  },
  'time limits and retries after them': async (pool) => {
    const worker = does();
    const [late] = await pool.map(worker, [{ what: 'waits', ms: 60_000 }], { timeoutMs: 50 });
    worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    return [told(late!), told(await pool.run(worker, { what: 'waits', ms: 60_000 }, { timeoutMs: 50 }))];
  },
  'cancel and abort, of jobs that run and jobs that wait': async (pool) => {
    const worker = does();
    const begun = new Promise((resolve) => worker.addListener(JobEvent.Running, resolve));
    const running = pool.run(worker, { what: 'waits', ms: 60_000 });
    const waiting = pool.run(worker, { what: 'value', value: 1 });
    await begun;
    const canceled = [pool.cancel(waiting.jobId), pool.cancel(running.jobId), pool.cancel('none')];
    const responses = [told(await running), told(await waiting)];
    const controller = new AbortController();
    const call = pool.map(worker, [{ what: 'waits', ms: 60_000 }, {}], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    return [canceled, responses, await call.catch(({ code }) => code), pool.stats().outstanding];
  },
  'setup, a setup that fails, and messages': async (pool) => {
    const counts = (await pool.map(resource, [0, 0])).map(told);
    const failure = await pool
      .map(broken, [1, 2])
      .catch(({ code, message, cause }) => [code, message, String(cause)]);
    const prices = await pool.broadcast(Prices, new Map([['a', 1]]), PATIENT);
    const failed = await pool.broadcast(Prices, 'fail', PATIENT);
    const late = await pool.broadcast(Prices, 'hang', { timeoutMs: 20 });
    const refused = await pool
      .broadcast(Prices, (() => 1) as never)
      .catch(({ code, message }) => [code, message]);
    const heard = [prices, failed, late]
      .flat()
      .map((answer) => (answer.status === 'rejected' ? answer.reason.name : answer.status));
    return [
      counts,
      failure,
      heard,
      refused,
      told(await pool.run(new Prices(), {})),
      (await pool.broadcast(counter, 5, PATIENT)).length,
    ];
  },
  'bare functions of modules': async (pool) => {
    const bare = new URL('../functions/modules/bare.mjs', import.meta.url);
    const sizes = await pool.map(moduleWorker<object, unknown>(bare, 'resize'), [{ width: 2, by: 3 }]);
    const call = pool.run(moduleWorker<number, unknown>(bare, 'number'), 1);
    return [sizes.map(told), await call.catch(({ code, message }) => [code, message])];
  },
  'wrong use': async (pool) => [
    await pool.run(Does as never, 1).catch(({ code, message }) => [code, message]),
    await pool.map(does(), 5 as never).catch(({ code, message }) => [code, message]),
    await pool.submit(does(), {}).catch(({ code, message }) => [code, message]),
    await pool
      .map(
        does(),
        (function* () {
          yield {};
          throw new RangeError('input');
        })(),
      )
      .catch(String),
  ],
};

/** One pool of each kind for all of them: what one leaves must not reach the next. */
describe('jobs in this process answer as jobs in a process do:', () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const options = { killTimeoutMs: 60_000, logger };
  test('in every scenario', async () => {
    const here = new ProcessPool({ ...options, processes: 'inline' });
    expect([here.stats().processes, childrenOf(process.pid).length]).toEqual([0, 0]);
    const inline: Record<string, unknown> = {};
    for (const [name, scenario] of Object.entries(SCENARIOS)) inline[name] = await scenario(here);
    expect(childrenOf(process.pid).length).toBe(0);
    await here.close();
    await expect(here.map(new Does(), [])).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const there = new ProcessPool({ ...options, processes: 1 });
    for (const [name, scenario] of Object.entries(SCENARIOS))
      expect(inline[name], name).toEqual(await scenario(there));
    await there.close();
  });
});

test('a pool in this process ends as others do: close waits, destroy does not', async () => {
  const closing = new ProcessPool({ processes: 'inline' });
  const closed: string[] = [];
  closing.on('close', () => closed.push('close')).on('idle', () => closed.push('idle'));
  const done = closing.map(new Does(), [
    { what: 'waits', ms: 30 },
    { what: 'value', value: 2 },
  ]);
  await closing.close();
  expect((await done).map(({ body }) => body)).toEqual(['waits', 2]);
  expect(closed).toEqual(['idle', 'close']);
  const destroyed = new ProcessPool({ processes: 'inline', concurrency: 2 });
  const jobs = destroyed.map(new Does(), [{ what: 'waits', ms: 60_000 }, { what: 'waits', ms: 60_000 }, {}]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await destroyed.destroy();
  await expect(jobs).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
});

test('it sees a shared array, and serves queues', async () => {
  const space = `inline-${process.pid}`;
  const pool = new ProcessPool({ processes: 'inline', queues: queuesOf(space) });
  expect((await pool.map(new Does(), [{ what: 'value', value: 4 }])).map(({ body }) => body)).toEqual([4]);
  await pool.close();
  await removeQueues(space, ['jobs.Does']);
  const plain = new ProcessPool({ processes: 'inline' });
  const array = SharedArray.allocate('Uint8Array', 3);
  array.values[0] = 7;
  const { body } = await plain.run(new Does(), { what: 'value', value: array });
  expect((body as typeof array).values[0]).toBe(7);
  array.close();
  await plain.close();
  expect(() => new ProcessPool({ processes: 'inline', output: 'response' })).toThrow(
    /output must be 'program'/,
  );
  expect(() => new ProcessPool({ processes: 'other' as never })).toThrow(/processes must be a whole number/);
});
