import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { SharedMemoryQueue, type SharedMemoryQueueOptions } from '../../../runtime/src/queues/index.js';
import { HEADER } from '../../../runtime/src/queues/shared-memory/layout.js';
import { Producer } from '../../../runtime/src/queues/shared-memory/producer.js';
import { QueueConnection } from '../../../runtime/src/queues/shared-memory/queue-connection.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { until } from '../pool/prove-pool.js';

const putting = fileURLToPath(new URL('./putting-program.mjs', import.meta.url));
/** Longer than any wake-up takes, and than a test may last: who wakes by this was not woken. */
const TOO_LONG_MS = 120_000;
const opened: SharedMemoryQueue[] = [];

afterEach(async () => {
  for (const queue of opened.splice(0)) await queue.destroy().catch(() => {});
});

function open<T>(name?: string, options?: SharedMemoryQueueOptions): SharedMemoryQueue<T> {
  const queue = new SharedMemoryQueue<T>(name, { memoryBytes: 2 ** 20, ...options });
  opened.push(queue);
  return queue;
}

function freshName(): string {
  return `wake-${process.pid}-${randomBytes(4).toString('hex')}`;
}

async function valuesOf<T>(waiting: Promise<readonly { readonly value: T }[]>): Promise<T[]> {
  return (await waiting).map(({ value }) => value);
}

/** The values put by another process, which dies at a failpoint where one is given. */
async function putElsewhere(name: string, values: string[], failpoint = ''): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [putting, name, ...values], {
    env: { ...process.env, MPROC_FAILPOINT: failpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

/** Until whoever waits for the queue has said that it sleeps. */
async function untilAsleep(name: string): Promise<void> {
  const segment = openQueueFile(name, 0, false);
  await until(() => Atomics.load(segment.words, HEADER.word.sleepers) !== 0);
  segment.detach();
}

describe.each([['a private queue'], ['a named queue']])('in %s', (kind) => {
  const openOne = <T>(options?: SharedMemoryQueueOptions) =>
    open<T>(kind === 'a named queue' ? freshName() : undefined, options);

  test('who is about to sleep is woken by a value that is put in the same tick', async () => {
    const queue = openOne<string>();
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.put('news');
    expect(await valuesOf(waiting)).toEqual(['news']);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('and by one that is put %i microtasks later', async (count) => {
    const queue = openOne<string>();
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    for (let left = count; left > 0; left -= 1) await undefined;
    await queue.put('news');
    expect(await valuesOf(waiting)).toEqual(['news']);
  });

  test('several that are about to sleep are all woken', async () => {
    const queue = openOne<number>();
    const waiting = [1, 2, 3].map(() => queue.reserve(1, { waitMs: TOO_LONG_MS }));
    await queue.put([1, 2, 3]);
    expect((await Promise.all(waiting.map(valuesOf))).flat().sort()).toEqual([1, 2, 3]);
  });

  test('who sends a value to the dead letters and then sleeps is woken by the next', async () => {
    const queue = openOne<string>({ leaseMs: 20, maxAttempts: 1 });
    await queue.put('old');
    expect(await valuesOf(queue.reserve(1))).toEqual(['old']);
    await sleep(40);
    // Its own look ends the lease, which is a change that others are rung for.
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await sleep(20);
    await queue.put('new');
    expect(await valuesOf(waiting)).toEqual(['new']);
  });

  test('a value that is handed back, requeued, or less delayed wakes who is about to sleep', async () => {
    const queue = openOne<string>();
    await queue.put('back');
    const leases = await queue.reserve(1);
    let waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.nack(leases);
    const again = await waiting;
    expect(again).toHaveLength(1);
    await queue.nack(again, { dead: true });
    waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.dead.requeue();
    const third = await waiting;
    expect(third).toHaveLength(1);
    waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.nack(third, { delayMs: 30 });
    expect(await valuesOf(waiting)).toEqual(['back']);
    await queue.put('later', { delayMs: TOO_LONG_MS });
    waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.put('sooner', { delayMs: 30 });
    expect(await valuesOf(waiting)).toEqual(['sooner']);
  });

  test('a lease that is made shorter ends for who sleeps, too', async () => {
    const queue = openOne<string>({ leaseMs: TOO_LONG_MS });
    await queue.put('held');
    const leases = await queue.reserve(1);
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await queue.extend(leases, 20);
    expect(await valuesOf(waiting)).toEqual(['held']);
  });

  test('closing the queue, or an abort, in the same tick ends the wait', async () => {
    const queue = openOne<string>();
    const abort = new AbortController();
    const aborted = queue.reserve(1, { waitMs: TOO_LONG_MS, signal: abort.signal });
    abort.abort();
    expect(await aborted).toEqual([]);
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS }).catch((error) => error.code);
    await queue.close();
    expect(await waiting).toBe('ERR_QUEUE_CLOSED');
  });
});

/** How often the lock of a queue was taken. */
function acquisitionsOf(name: string): number {
  const segment = openQueueFile(name, 0, false);
  const word = Atomics.load(segment.words, HEADER.word.lock);
  segment.detach();
  return word >>> 12;
}

describe('of many who wait over one connection', () => {
  const MANY = 400;

  test('a few look for each value, however many wait', async () => {
    const name = freshName();
    const queue = open<number>(name);
    const waiting = Array.from({ length: MANY }, () => queue.reserve(1, { waitMs: TOO_LONG_MS }));
    await untilAsleep(name);
    // By the next turn of the event loop all of them sleep.
    await turn();
    const before = acquisitionsOf(name);
    for (let value = 0; value < MANY; value += 1) await queue.put(value);
    const values = (await Promise.all(waiting.map(valuesOf))).flat();
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: MANY }, (_, value) => value));
    // All that wait looked for each: 80,000. A second later each looks once more by itself, as it would on a slow machine.
    expect(acquisitionsOf(name) - before).toBeLessThan(20 * MANY);
  });

  test('those whose time is over, or who are aborted, leave no value to nobody', async () => {
    const queue = open<number>(freshName());
    const signals = Array.from({ length: 20 }, () => new AbortController());
    const leaving = signals.map(({ signal }) => queue.reserve(1, { waitMs: TOO_LONG_MS, signal }));
    const staying = queue.reserve(2, { waitMs: TOO_LONG_MS });
    await turn();
    const put = queue.put([1, 2]);
    for (const controller of signals) controller.abort();
    const taken = (await Promise.all([...leaving, staying].map(valuesOf))).flat();
    await put;
    expect(taken.sort()).toEqual([1, 2]);
  });

  test('all hear that the queue is destroyed', async () => {
    const name = freshName();
    const [queue, other] = [open(name), open(name)];
    const waiting = Array.from({ length: 20 }, () =>
      queue.reserve(1, { waitMs: TOO_LONG_MS }).catch(({ code }) => code),
    );
    await untilAsleep(name);
    await other.destroy();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_QUEUE_CLOSED']));
  });
});

describe('in a queue that several have open', () => {
  test('who is about to sleep is woken by another connection of the same process', async () => {
    const name = freshName();
    const [one, other] = [open<string>(name), open<string>(name)];
    const waiting = one.reserve(1, { waitMs: TOO_LONG_MS });
    await other.put('news');
    expect(await valuesOf(waiting)).toEqual(['news']);
    const closed = one.reserve(1, { waitMs: TOO_LONG_MS }).catch((error) => error.code);
    await other.destroy();
    expect(await closed).toBe('ERR_QUEUE_CLOSED');
  });

  test('what a closing connection gives back wakes who sleeps', async () => {
    const name = freshName();
    const [one, other] = [open<string>(name, { leaseMs: TOO_LONG_MS }), open<string>(name)];
    await one.put('held');
    expect(await one.reserve(1)).toHaveLength(1);
    const waiting = other.reserve(1, { waitMs: TOO_LONG_MS });
    await one.close();
    expect(await valuesOf(waiting)).toEqual(['held']);
  });

  test('a notification that the system does not tell of is heard all the same', async () => {
    const name = freshName();
    const queue = open<string>(name);
    const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
    await untilAsleep(name);
    // A connection that writes nothing to the file, as if what watchers are told had been dropped.
    const segment = openQueueFile(name, 0, false);
    const silent = new QueueConnection(segment, { lockTimeoutMs: 5_000, shared: false });
    await new Producer(silent, name, 2 ** 20).put(['news'], {
      priority: 0,
      delayMs: 0,
      dedupeKey: undefined,
    });
    expect(await valuesOf(waiting)).toEqual(['news']);
    await silent.close();
  });
});

describe('when who puts dies', () => {
  const beforeIsVisible = ['lock-held', 'ring-due', 'rung', 'put-allocated', 'put-written'];
  const whenVisible = ['put-published', 'before-unlock'];

  test.each(beforeIsVisible)(
    'at queue.%s, with nothing visible, the next value wakes who sleeps',
    async (place) => {
      const name = freshName();
      const queue = open<string>(name);
      const waiting = queue.reserve(1, { waitMs: TOO_LONG_MS });
      await untilAsleep(name);
      expect(await putElsewhere(name, ['lost'], `queue.${place}:SIGKILL`)).toBe('SIGKILL');
      await putElsewhere(name, ['next']);
      expect(await valuesOf(waiting)).toEqual(['next']);
    },
  );

  test.each(whenVisible)(
    'at queue.%s, its value wakes who sleeps, and nobody else need come',
    async (place) => {
      const name = freshName();
      const queue = open<string>(name);
      const waiting = [1, 2].map(() => queue.reserve(1, { waitMs: TOO_LONG_MS }));
      await untilAsleep(name);
      expect(await putElsewhere(name, ['first'], `queue.${place}:SIGKILL`)).toBe('SIGKILL');
      expect(await valuesOf(Promise.race(waiting))).toEqual(['first']);
      await putElsewhere(name, ['second']);
      expect((await Promise.all(waiting.map(valuesOf))).flat().sort()).toEqual(['first', 'second']);
    },
  );
});

test('a connection that has waited keeps no process alive', async () => {
  const name = freshName();
  open(name);
  const program = `
    import { SharedMemoryQueue } from 'mproc-worker';
    const queue = SharedMemoryQueue.open(${JSON.stringify(name)});
    await queue.reserve(1, { waitMs: 20 });
    await queue.reserve(1, { waitMs: 1e-9 });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
