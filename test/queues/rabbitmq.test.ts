import { inspect } from 'node:util';
import { type Channel, connect } from 'amqplib';
import { startServer } from 'mproc-worker/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { withMoreTime } from '../more-time.js';
import { until } from '../runtime/pool/prove-pool.js';
import { adapterOf } from './adapter.js';

const server = await startServer('rabbitmq');
afterAll(() => server.remove());

async function use<R>(action: (channel: Channel) => Promise<R>): Promise<R> {
  const connection = await connect(server.url, { timeout: 240_000 });
  connection.on('error', () => {});
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    const result = await action(channel);
    await channel.waitForConfirms();
    return result;
  } finally {
    await connection.close();
  }
}

async function openAt(url: string, name: string) {
  const { createQueue } = await adapterOf('rabbitmq');
  process.env.RABBITMQ_URL = url;
  const queue = createQueue(name, { leaseMs: 10_000, maxAttempts: 3 });
  process.env.RABBITMQ_URL = server.url;
  return queue;
}

describe.skipIf(server.missing !== undefined)('rabbitmq', () => {
  test('`destroy` leaves nothing in the server', async () => {
    const queue = await openAt(server.url, 'destroyed');
    await queue.put('x');
    await queue.destroy();
    for (const kind of ['jobs', 'dead'])
      await expect(use((channel) => channel.checkQueue(`mproc.destroyed.${kind}`))).rejects.toThrow(/404/);
  });

  // A machine that is so busy that nobody has looked for so long has it expire.
  test('a queue that is made to expire stays while somebody looks for values, and is gone when nobody has for so long', () =>
    withMoreTime([1_500, 6_000, 24_000], staysWhileUsed));

  async function staysWhileUsed(expiresUnusedMs: number): Promise<void> {
    const { createQueue } = await adapterOf('rabbitmq');
    const name = `expires-${expiresUnusedMs}`;
    const queue = createQueue(name, { leaseMs: 600_000, maxAttempts: 3, expiresUnusedMs });
    const isThere = () =>
      use((channel) => channel.checkQueue(`mproc.${name}.jobs`)).then(
        () => true,
        () => false,
      );
    await queue.put('x');
    for (let looks = 0; looks < 4; looks += 1)
      expect(await queue.reserve(1, { waitMs: expiresUnusedMs / 1.5 })).toHaveLength(looks === 0 ? 1 : 0);
    expect(await queue.counts()).toEqual({ ready: 0, delayed: 0, leased: 1, dead: 0 });
    expect(queue.supports.dead).toBe(false);
    // As one whose process was killed: nothing is said to the server.
    await queue.close();
    await until(async () => !(await isThere()));
    await expect(use((channel) => channel.checkQueue(`mproc.${name}.dead`))).rejects.toThrow(/404/);
  }

  test('headers that lie do no harm', async () => {
    const queue = await openAt(server.url, 'strange');
    await queue.put('before');
    const lies = [
      { 'mproc-attempt': 'many' },
      { 'mproc-attempt': -1_000 },
      { 'mproc-attempt': { of: 'them' } },
    ];
    await use(async (channel) => {
      for (const headers of lies)
        channel.sendToQueue('mproc.strange.jobs', Buffer.from('"strange"'), { headers });
    });
    await queue.put('after');
    const leases = await queue.reserve(10);
    expect(leases.map(({ value, attempt }) => [value, attempt])).toEqual([
      ['before', 1],
      ...Array(3).fill(['strange', 1]),
      ['after', 1],
    ]);
    expect(await queue.ack(leases)).toEqual(Array(5).fill('ok'));
    await queue.destroy();
  });

  test('no server, and a wrong password, are told apart, with neither the password nor the values', async () => {
    const away = await openAt('amqp://queues:pass-word@127.0.0.1:1', 'away');
    const error = await Promise.resolve(away.put('a-value')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE', engine: 'rabbitmq', permanent: false });
    expect(inspect(error, { depth: 9 })).not.toMatch(/pass-word|a-value/);
    const locked = await openAt(server.url.replace('//', '//guest:wrong@'), 'locked');
    await expect(locked.put('x')).rejects.toMatchObject({ permanent: true });
    await away.close();
    await locked.close();
  });
});
