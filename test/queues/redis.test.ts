import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { startServer } from 'mproc-worker/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { adapterOf } from './adapter.js';

const server = await startServer('redis');
afterAll(() => server.remove());

async function use<R>(action: (redis: Redis) => Promise<R>): Promise<R> {
  const redis = new Redis(server.url, { retryStrategy: null, lazyConnect: true });
  redis.on('error', () => {});
  try {
    return await action(redis);
  } finally {
    redis.disconnect();
  }
}

async function openAt(url: string, name: string, leaseMs = 30_000) {
  const { createQueue } = await adapterOf('redis');
  process.env.REDIS_URL = url;
  const queue = createQueue(name, { leaseMs, maxAttempts: 3 });
  process.env.REDIS_URL = server.url;
  return queue;
}

describe.skipIf(server.missing !== undefined)('redis', () => {
  test('`destroy` leaves nothing in the server', async () => {
    const queue = await openAt(server.url, 'destroyed');
    await queue.put('x');
    await queue.destroy();
    expect(await use((redis) => redis.keys('mproc:{destroyed}*'))).toEqual([]);
  });

  test('answered jobs are found by their ids without a look at the others, and many large ones in parts', async () => {
    const queue = await openAt(server.url, 'kept');
    const text = 'x'.repeat(100_000);
    const entries = Array.from({ length: 200 }, (_, at) => ({
      ...{ id: `job ${at}`, kind: 'Invoice', ok: true, at, error: null, value: text, forMs: 600_000 },
    }));
    for (let from = 0; from < 200; from += 20) await queue.history!.keep(entries.slice(from, from + 20));
    const sentBytes = () =>
      use(async (redis) => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))![1]));
    const before = await sentBytes();
    expect(await queue.history!.list({ ids: ['job 7', 'none'] })).toMatchObject([{ id: 'job 7' }]);
    expect(await queue.history!.list({ limit: 1 })).toMatchObject([{ id: 'job 199' }]);
    // One, and at most as much as one answer has; all are 20 MB.
    expect((await sentBytes()) - before).toBeLessThan(3_000_000);
    const all = await queue.history!.list({ limit: 1_000 });
    expect(all.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).reverse());
    await queue.destroy();
  });

  test('that thousands wait for one job makes none of them slower to hold', async () => {
    const queue = await openAt(server.url, 'fan');
    const held = (from: number) =>
      Array.from({ length: 1_000 }, (_, n) => ({ id: `after ${from + n}`, value: null, after: ['first'] }));
    const microseconds = () =>
      use(async (redis) =>
        [...(await redis.info('commandstats')).matchAll(/cmdstat_eval(?:sha)?:calls=\d+,usec=(\d+)/g)]
          .map(([, spent]) => Number(spent))
          .reduce((sum, spent) => sum + spent, 0),
      );
    const spent: number[] = [];
    for (let from = 0; from < 10_000; from += 1_000) {
      const before = await microseconds();
      await queue.joins!.hold(held(from));
      spent.push((await microseconds()) - before);
    }
    const least = (some: number[]) => Math.min(...some);
    // Ten times as much and more where each looks at those before it.
    expect(least(spent.slice(5))).toBeLessThan(5 * least(spent.slice(0, 5)));
    expect(await queue.joins!.awaited(10)).toEqual(['first']);
    await queue.destroy();
  });

  test('what is there in part, or with wrong types, goes to the dead letters or does no harm', async () => {
    const queue = await openAt(server.url, 'strange');
    const key = (kind: string) => `mproc:{strange}:${kind}`;
    const [before = ''] = await queue.put('before');
    await use(async (redis) => {
      await redis.zadd(key('ready'), 0, '0000000000000001-no-value', 0, 'no number');
      await redis.zadd(key('leased'), 0, 'never leased');
      await redis.zadd(key('delayed'), 0, 'never delayed');
      await redis.hset(key('attempts'), before, 'many');
      await redis.hset(key('priorities'), before, 'high');
    });
    await queue.put('after');
    const [first, second, ...none] = await queue.reserve(10);
    expect([first?.value, first?.attempt, second?.value]).toEqual(['before', 1, 'after']);
    expect(none).toEqual([]);
    expect(await queue.nack([first!])).toEqual(['ok']);
    expect(await queue.counts()).toEqual({ ready: 1, delayed: 0, leased: 1, dead: 4 });
    expect((await queue.dead.getAll()).map(({ value }) => value)).toEqual(Array(4).fill(undefined));
    expect(await queue.dead.clear()).toBe(4);
    await queue.destroy();
  });

  test('no server is ERR_QUEUE_UNAVAILABLE, with neither the password nor the values', async () => {
    const queue = await openAt('redis://:pass-word@127.0.0.1:1', 'away');
    const error = await Promise.resolve(queue.put('a-value')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_QUEUE_UNAVAILABLE',
      engine: 'redis',
      address: '127.0.0.1:1',
      permanent: false,
    });
    expect(inspect(error, { depth: 9 })).not.toMatch(/pass-word|a-value/);
    await queue.close();
  });

  test('a wrong password is permanent', async () => {
    await use((redis) => redis.config('SET', 'requirepass', 'right'));
    try {
      const queue = await openAt(server.url.replace('//', '//:wrong@'), 'locked');
      await expect(queue.put('x')).rejects.toMatchObject({
        code: 'ERR_QUEUE_UNAVAILABLE',
        permanent: true,
      });
      await queue.close();
    } finally {
      const redis = new Redis(server.url.replace('//', '//:right@'));
      await redis.config('SET', 'requirepass', '');
      redis.disconnect();
    }
  });
});
