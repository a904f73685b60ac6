import { inspect } from 'node:util';
import { startServer } from 'mproc-worker/testing';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { adapterOf } from './adapter.js';

const server = await startServer('postgres');
afterAll(() => server.remove());

async function query(sql: string, parameters: unknown[] = []): Promise<unknown[]> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

async function openAt(url: string, name: string) {
  const { createQueue } = await adapterOf('postgres');
  process.env.DATABASE_URL = url;
  const queue = createQueue(name, { leaseMs: 30_000, maxAttempts: 3 });
  process.env.DATABASE_URL = server.url;
  return queue;
}

describe.skipIf(server.missing !== undefined)('postgres', () => {
  test('`destroy` leaves nothing in the database', async () => {
    const queue = await openAt(server.url, 'destroyed');
    await queue.put('x');
    await queue.destroy();
    expect(await query("SELECT 1 FROM pg_class WHERE relname LIKE 'mproc_destroyed%'")).toEqual([]);
  });

  test('the database refuses rows that nobody could work on, and those that look strange do no harm', async () => {
    const queue = await openAt(server.url, 'strange');
    await queue.put('before');
    const insert = (columns: string, values: string) =>
      query(`INSERT INTO "mproc_strange" (value, ${columns}) VALUES ('"strange"', ${values})`);
    await expect(insert('attempt', '2147483647')).rejects.toThrow(/check constraint/);
    await expect(insert('attempt', '-1')).rejects.toThrow(/check constraint/);
    await expect(insert('token', 'gen_random_uuid()')).rejects.toThrow(/check constraint/);
    await insert('priority', '-2147483648');
    await insert('attempt', '999999999');
    await insert('due_at, token', "'-infinity', gen_random_uuid()");
    await insert('due_at', "'infinity'");
    await queue.put('after');
    expect(await queue.size()).toBe(6);
    const taken: unknown[] = [];
    for await (const value of queue) taken.push(value);
    // The one that was handed out too often is dead.
    expect(taken).toEqual(['before', 'strange', 'after', 'strange']);
    expect(await queue.counts()).toEqual({ ready: 0, delayed: 1, leased: 0, dead: 1 });
    await queue.destroy();
  });

  test('texts of every kind arrive as they are, as values and as keys', async () => {
    const texts = [
      'plain',
      '',
      'NULL',
      'null',
      '{a,b}',
      ',',
      "it's",
      '"quoted"',
      'back\\slash',
      '\\n',
      'two\nlines',
      'tab\t',
      '\u0001',
      'ü 漢 😀',
      '\u2028',
    ];
    const queue = await openAt(server.url, 'texts');
    for (const some of [texts, ...texts.map((text) => [text])]) {
      const ids = await queue.put(some, { dedupeKeys: some });
      expect(await queue.put(some, { dedupeKeys: some })).toEqual(ids);
      expect(await query('SELECT dedupe_key FROM mproc_texts ORDER BY id')).toEqual(
        some.map((dedupe_key) => ({ dedupe_key })),
      );
      const leases = await queue.reserve(100);
      expect(leases.map(({ value }) => value)).toEqual(some);
      expect(await queue.ack(leases)).toEqual(some.map(() => 'ok'));
    }
    await queue.destroy();
  });

  test('a role that may use the table but not create one can put, take and acknowledge', async () => {
    const owner = await openAt(server.url, 'granted');
    await owner.put('of the owner');
    await query('CREATE ROLE worker LOGIN');
    await query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await query('GRANT SELECT, INSERT, UPDATE, DELETE ON "mproc_granted" TO worker');
    const queue = await openAt(server.url.replace('queues@', 'worker@'), 'granted');
    await queue.put('of the worker');
    const leases = await queue.reserve(2);
    expect(leases.map(({ value }) => value)).toEqual(['of the owner', 'of the worker']);
    expect(await queue.ack(leases)).toEqual(['ok', 'ok']);
    await queue.close();
    const elsewhere = await openAt(server.url.replace('queues@', 'worker@'), 'not-granted');
    await expect(elsewhere.put('x')).rejects.toMatchObject({
      code: 'ERR_QUEUE_UNAVAILABLE',
      permanent: true,
    });
    await elsewhere.close();
    await owner.destroy();
  });

  test('no server, and no such database, are told apart, with neither the password nor the values', async () => {
    const away = await openAt('postgres://queues:pass-word@127.0.0.1:1/postgres', 'away');
    const error = await Promise.resolve(away.put('a-value')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_QUEUE_UNAVAILABLE',
      engine: 'postgres',
      address: '127.0.0.1:1/postgres',
      permanent: false,
    });
    expect(inspect(error, { depth: 9 })).not.toMatch(/pass-word|a-value/);
    const missing = await openAt(server.url.replace(/postgres$/, 'missing'), 'missing');
    await expect(missing.put('x')).rejects.toMatchObject({ permanent: true });
    await away.close();
    await missing.close();
  });
});
