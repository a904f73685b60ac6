import { expect, test } from 'vitest';
import { NullQueue } from '../../../runtime/src/queues/index.js';

const lease = { id: '1', token: '1', value: 1, attempt: 1, deadline: Date.now() + 1_000 };

test('what is put is gone, with an id each', async () => {
  const queue = new NullQueue();
  expect(new Set(await queue.put([1, 2, 3])).size).toBe(3);
  expect(await queue.put('one')).toHaveLength(1);
  expect(await queue.size()).toBe(0);
  expect(await queue.pop()).toBeUndefined();
  expect(await queue.reserve(10)).toEqual([]);
  expect(await queue.clear()).toBe(0);
});

test('every lease is lost, as it never gave one', async () => {
  const queue = new NullQueue();
  expect(await queue.ack([lease, lease])).toEqual(['lost', 'lost']);
  expect(await queue.nack([lease])).toEqual(['lost']);
});

test('what it cannot do is refused, not swallowed', async () => {
  const queue = new NullQueue();
  const refused = [
    queue.put([1], { priority: 1 }),
    queue.put([1], { delayMs: 1 }),
    queue.put([1], { dedupeKey: 'k' }),
    queue.nack([lease], { delayMs: 1 }),
    queue.nack([lease], { dead: true }),
    queue.extend(),
    queue.getAll(),
    queue.at(),
    queue.dead.getAll(),
    queue.dead.requeue(),
    queue.dead.clear(),
  ];
  for (const outcome of await Promise.allSettled(refused))
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_UNSUPPORTED' } });
});

test('a wait ends by itself, by an abort, and by closing', async () => {
  const queue = new NullQueue();
  expect(await queue.reserve(1, { waitMs: 20 })).toEqual([]);
  const abort = new AbortController();
  const aborted = queue.reserve(1, { waitMs: 60_000, signal: abort.signal });
  abort.abort();
  expect(await aborted).toEqual([]);
  const closed = queue.reserve(1, { waitMs: 60_000 });
  await queue.close();
  expect(await closed).toEqual([]);
});

test('it may be closed twice, and refuses use after it', async () => {
  const queue = new NullQueue('bin');
  await queue.close();
  await queue.destroy();
  await expect(queue.put([1])).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
  await expect(queue.size()).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
});
