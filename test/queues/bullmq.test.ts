import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { startServer } from 'mproc-worker/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
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

async function openAt(url: string, name: string) {
  const { createQueue } = await adapterOf('bullmq');
  process.env.REDIS_URL = url;
  const queue = createQueue(name, { leaseMs: 3_000, maxAttempts: 3 });
  process.env.REDIS_URL = server.url;
  return queue;
}

describe.skipIf(server.missing !== undefined)('bullmq', () => {
  test('`destroy` leaves nothing in the server', async () => {
    const queue = await openAt(server.url, 'destroyed');
    await queue.put('x');
    await queue.destroy();
    expect(await use((redis) => redis.keys('bull:destroyed*'))).toEqual([]);
  });

  test('jobs with fields that are no JSON, or with none, or nested too deeply, go to the dead letters', async () => {
    const queue = await openAt(server.url, 'strange');
    await queue.put('before');
    await use(async (redis) => {
      const job = { name: 'job', data: '"strange"', timestamp: Date.now(), delay: 0, priority: 0 };
      const deep = '['.repeat(50_000) + ']'.repeat(50_000);
      await redis.hset('bull:strange:bad-opts', { ...job, opts: '{' });
      await redis.hset('bull:strange:bad-data', { ...job, opts: '{}', data: '{"half": ' });
      await redis.hset('bull:strange:deep', { ...job, opts: '{}', data: `{"$mproc":1,"value":${deep}}` });
      await redis.hset('bull:strange:bad-progress', { ...job, opts: '{}', progress: 'half' });
      await redis.hset('bull:strange:bad-parent', { ...job, opts: '{}', parent: '?' });
      const ids = ['bad-opts', 'bad-data', 'deep', 'bad-progress', 'nothing-at-all', 'bad-parent'];
      await redis.lpush('bull:strange:wait', ...ids);
    });
    await queue.put('after');
    const taken: unknown[] = [];
    await vi.waitFor(
      async () => {
        for (const lease of await queue.reserve(10))
          if ((await queue.ack([lease]))[0] === 'ok') taken.push(lease.value);
        expect(await queue.counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 6 });
      },
      { timeout: 240_000 },
    );
    expect(taken).toEqual(['before', 'after']);
    expect((await queue.dead.getAll()).map(({ value }) => value)).toEqual(Array(6).fill(undefined));
    await queue.destroy();
  });

  test('no server is ERR_QUEUE_UNAVAILABLE, with neither the password nor the values', async () => {
    const queue = await openAt('redis://:pass-word@127.0.0.1:1', 'away');
    const error = await Promise.resolve(queue.put('a-value')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE', engine: 'bullmq', permanent: false });
    expect(inspect(error, { depth: 9 })).not.toMatch(/pass-word|a-value/);
    await queue.close();
  });
});
