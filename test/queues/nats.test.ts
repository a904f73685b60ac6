import { inspect } from 'node:util';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { startServer } from 'mproc-worker/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { adapterOf } from './adapter.js';

const server = await startServer('nats');
afterAll(() => server.remove());

async function use<R>(action: (connection: NatsConnection) => Promise<R>): Promise<R> {
  const connection = await connect({ servers: server.url });
  try {
    return await action(connection);
  } finally {
    await connection.close();
  }
}

async function open(name: string) {
  const { createQueue } = await adapterOf('nats');
  return createQueue(name, { leaseMs: 30_000, maxAttempts: 3 });
}

describe.skipIf(server.missing !== undefined)('nats', () => {
  test('`destroy` leaves nothing in the server', async () => {
    const queue = await open('destroyed');
    await queue.put('x');
    await queue.destroy();
    const streams = await use(async (connection) =>
      (await jetstreamManager(connection)).streams.names().next(),
    );
    expect(streams).not.toContain('mproc_destroyed');
  });

  test('a value that is larger than the server takes is refused at once', async () => {
    const queue = await open('large');
    await expect(queue.put('x'.repeat(2_000_000))).rejects.toMatchObject({ code: 'ERR_VALUE' });
    expect(await queue.size()).toBe(0);
    await queue.destroy();
  });

  test('a dead letter that is made ready and fails again meanwhile is made ready once', async () => {
    const queue = await open('again');
    const other = await open('again');
    await queue.put(Array.from({ length: 20 }, (_, n) => `job ${n}`));
    await queue.nack(await queue.reserve(20), { dead: true });
    const made = queue.dead.requeue();
    let isOver = false;
    const failing = (async () => {
      // More than twice as many come only where those that failed again are made ready again.
      for (let failed = 0; failed < 50 && !isOver; ) {
        const leases = await other.reserve(20);
        await other.nack(leases, { dead: true });
        failed += leases.length;
      }
    })();
    expect(await made).toBe(20);
    isOver = true;
    await failing;
    await other.close();
    await queue.destroy();
  });

  test('who opens it with a shorter lease ends none of the longer ones', async () => {
    const { createQueue } = await adapterOf('nats');
    const long = createQueue('lengths', { leaseMs: 60_000, maxAttempts: 3 });
    await long.put('x');
    const leases = await long.reserve(1);
    const short = createQueue('lengths', { leaseMs: 500, maxAttempts: 3 });
    expect(await short.reserve(1, { waitMs: 2_000 })).toEqual([]);
    expect(await long.ack(leases)).toEqual(['ok']);
    await short.close();
    await long.destroy();
  });

  test('headers that lie do no harm', async () => {
    const queue = await open('strange');
    await queue.put('before');
    await use(async (connection) => {
      const lies = [headers(404, 'Not Found'), headers(503, 'No Responders'), headers(), headers()];
      lies[2]?.set('Mproc-Attempt', 'many');
      lies[3]?.set('Mproc-Attempt', '-1000');
      for (const head of lies)
        await jetstream(connection).publish('mproc.strange.jobs', '"strange"', { headers: head });
    });
    await queue.put('after');
    const leases = await queue.reserve(10);
    expect(leases.map(({ value, attempt }) => [value, attempt])).toEqual([
      ['before', 1],
      ...Array(4).fill(['strange', 1]),
      ['after', 1],
    ]);
    expect(await queue.ack(leases)).toEqual(Array(6).fill('ok'));
    await queue.destroy();
  });

  test('no server is ERR_QUEUE_UNAVAILABLE, with neither the password nor the values', async () => {
    Object.assign(process.env, { NATS_URL: 'nats://127.0.0.1:1', NATS_PASSWORD: 'pass-word' });
    const queue = await open('away');
    process.env.NATS_URL = server.url;
    delete process.env.NATS_PASSWORD;
    const error = await Promise.resolve(queue.put('a-value')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE', engine: 'nats', permanent: false });
    expect(inspect(error, { depth: 9 })).not.toMatch(/pass-word|a-value/);
    await queue.close();
  });
});
