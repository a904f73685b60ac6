import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { JobEvent, ProcessPool, type Strategy } from 'mproc-worker';
import { afterAll, expect, test } from 'vitest';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { Echo, FailTimes } from './jobs.worker.js';

const storage = new AsyncLocalStorage<string>();
const SPACE = `context-${process.pid}`;
afterAll(() => removeQueues(SPACE, ['jobs.Echo', 'jobs.FailTimes']));

/** Notes, for each piece of the caller's code, which contexts it has run in. */
class Seen {
  readonly #contexts = new Map<string, Set<string | undefined>>();

  note(what: string): void {
    const contexts = this.#contexts.get(what) ?? new Set();
    this.#contexts.set(what, contexts.add(storage.getStore()));
  }

  /** What has run, all of it in this context alone. */
  onlyIn(context: string): string[] {
    for (const [what, contexts] of this.#contexts) expect([what, ...contexts]).toEqual([what, context]);
    return [...this.#contexts.keys()].sort();
  }
}

/** More than is placed at once. */
const COUNT = 300;

function* some(seen: Seen): Generator<number> {
  try {
    for (let number = 0; number < COUNT; number += 1) {
      seen.note('iterator');
      yield number;
    }
  } finally {
    seen.note('end of the iterator');
  }
}

async function* later(seen: Seen): AsyncGenerator<number> {
  try {
    for (let number = 0; number < COUNT; number += 1) {
      seen.note('async iterator');
      yield number;
      if (number % 50 === 0) await nextTurn();
    }
  } finally {
    seen.note('end of the async iterator');
  }
}

const CALLBACKS = ['onProgress', 'onSubmit'];

function callbacks(seen: Seen) {
  return { onProgress: () => seen.note('onProgress'), onSubmit: () => seen.note('onSubmit') };
}

function listening<W extends Echo | FailTimes>(worker: W, seen: Seen): W {
  for (const event of Object.values(JobEvent)) worker.addListener(event, () => seen.note(event));
  return worker;
}

/** Every way of calling, each with all its callbacks. */
async function callInEachWay(pool: ProcessPool, seen: Seen): Promise<void> {
  await pool.map(new Echo(), [1, 2, 3], callbacks(seen));
  await pool.map(new Echo(), some(seen), callbacks(seen));
  await pool.map(new Echo(), later(seen));
  for await (const _ of pool.imap(new Echo(), some(seen), callbacks(seen))) seen.note('reader');
  for await (const { index } of pool.imapUnordered(new Echo(), later(seen))) if (index === 99) break;
  const decide: Strategy['decide'] = ({ attempt }) => {
    seen.note('strategy');
    return attempt < 3 ? { action: 'later', delayMs: 1 } : { action: 'fail' };
  };
  const failing = listening(new FailTimes(), seen);
  failing.retryStrategy = { decide };
  await pool.run(failing, 5, callbacks(seen));
  await pool.map(listening(new Echo(), seen), [1, 2, 3]).then(() => seen.note('continuation'));
}

const ALL = [
  ...Object.values(JobEvent).filter((event) => event !== JobEvent.Canceled),
  ...CALLBACKS,
  'async iterator',
  'continuation',
  'end of the async iterator',
  'end of the iterator',
  'iterator',
  'reader',
  'strategy',
].sort();

/** What happens where a job is served is not told to another host. */
const OVER_QUEUES = ALL.filter(
  (what) => ![JobEvent.Start, JobEvent.Running, JobEvent.Retry, 'strategy'].includes(what),
);

test.each([
  ['shared memory', {}, ALL],
  ['queues', { queues: queuesOf(SPACE) }, OVER_QUEUES],
])(
  'code of a caller runs with what its AsyncLocalStorage held at the call, whoever has made the pool and calls meanwhile: %s',
  async (_, options, all) => {
    const seen = { a: new Seen(), b: new Seen(), pool: new Seen() };
    const pool = storage.run('pool', () => new ProcessPool({ processes: 2, ...options }));
    pool.on('response', () => seen.pool.note('response'));
    await Promise.all([
      storage.run('a', () => callInEachWay(pool, seen.a)),
      storage.run('b', () => callInEachWay(pool, seen.b)),
    ]);
    await pool.close();
    expect(seen.a.onlyIn('a')).toEqual(all);
    expect(seen.b.onlyIn('b')).toEqual(all);
    expect(seen.pool.onlyIn('pool')).toEqual(['response']);
  },
);

test('an input that is closed by an abort is closed in the context of its call', async () => {
  const seen = new Seen();
  await using pool = new ProcessPool(1);
  const ending = new AbortController();
  const call = storage.run('a', () => pool.map(new Echo(), later(seen), { signal: ending.signal }));
  await nextTurn();
  ending.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  expect(seen.onlyIn('a')).toContain('async iterator');
});
