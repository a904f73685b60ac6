import { JobEvent, moduleWorker, type ProcessPool, type Response, RetryStrategy } from 'mproc-worker';
import { counter, Prices } from '../functions/modules/hearers.mjs';
import { broken, Does, resource, type Told } from '../functions/modules/parity.mjs';

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

export function does(fields: Partial<Does> = {}): Does {
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

/** Calls of every kind, and what they have told. */
export const SCENARIOS: Readonly<Record<string, (pool: ProcessPool) => Promise<unknown>>> = {
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
