import type { QueueFactory, QueueLimit } from 'mproc-worker';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { templateHistory } from '../../generator/templates/history.js';
import { presentTemplates } from '../../generator/templates/tree.js';
import { type RunningEngine, startEngine } from '../runtime/remote/engines.js';
import { adapterOf } from './adapter.js';

const ONE: QueueLimit = { atOnce: 1 };
const OPTIONS = { leaseMs: 240_000, maxAttempts: 5 };
/** What came with lines, or later: the text before it is that of the adapter that looked past all that waits. */
const LINES: Record<string, RegExp> = {
  sqlite: /jobs_lines/,
  redis: /heads|pick\(/,
  postgres: /_lines|makeIfAllowed|arrayOf/,
};

async function earlier(engine: string): Promise<QueueFactory> {
  const text = (path: string) =>
    templateHistory()
      .get(path)
      ?.findLast((one) => !LINES[engine]!.test(one.text))?.text ?? presentTemplates.text(path);
  return (await adapterOf(engine, { ...presentTemplates, text }, `earlier-${engine}`)).createQueue;
}

const valuesOf = (leases: readonly { readonly value: unknown }[]) => leases.map(({ value }) => value);

describe.each(['sqlite', 'redis', 'postgres'] as const)('over %s', (name) => {
  let engine: RunningEngine | undefined;
  afterAll(() => engine?.remove());

  test('limits hold among hosts of which some have the adapter of before', async (context) => {
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) return context.skip(engine.missing);
    const own = `earlier-${process.pid}`;
    const old = (await earlier(name))(`${own}.jobs`, OPTIONS);
    const fresh = engine.queuesOf(own)('jobs', OPTIONS);
    try {
      await old.put(['a1', 'a2', 'a3', 'b1'], { limitKeys: ['a', 'a', 'a', 'b'] });
      await old.put('free1');
      const [first] = await old.reserve(1, { limit: ONE });
      expect(first?.value).toBe('a1');
      await fresh.put(['a4', 'c1'], { limitKeys: ['a', 'c'] });
      await fresh.put('free2');
      await fresh.put('first', { priority: 3, limitKeys: ['b'] });
      expect(await fresh.counts()).toMatchObject({ ready: 8, leased: 1 });
      const second = await fresh.reserve(10, { limit: ONE });
      expect(valuesOf(second)).toEqual(['first', 'free1', 'c1', 'free2']);
      expect(await old.reserve(10, { limit: ONE })).toEqual([]);
      expect(await fresh.reserve(10, { limit: ONE })).toEqual([]);
      // What the other one gives back is met again, and the permit with it.
      await old.nack([first!], { refund: true });
      const [again] = await fresh.reserve(10, { limit: ONE });
      expect([again?.value, again?.attempt]).toEqual(['a1', 1]);
      expect(await fresh.ack([again!, ...second])).toEqual(Array(5).fill('ok'));
      expect(valuesOf(await fresh.reserve(10, { limit: ONE }))).toEqual(['a2', 'b1']);
      const waiting = await fresh.getAll();
      expect(waiting.toSorted()).toEqual(['a3', 'a4']);
      await fresh.clear();
      expect(await fresh.counts()).toMatchObject({ ready: 0, leased: 2 });
    } finally {
      await old.close();
      await fresh.destroy();
    }
  });

  test('a role that may make no index keeps limits with the tables of before', async (context) => {
    if (name !== 'postgres') return context.skip('it has no roles');
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) return context.skip(engine.missing);
    const own = `granted-${process.pid}`;
    const old = (await earlier(name))(`${own}.jobs`, OPTIONS);
    await old.put(['a1', 'a2', 'b1'], { limitKeys: ['a', 'a', 'b'] });
    const [first] = await old.reserve(1, { limit: ONE });
    const client = new Client({ connectionString: engine.where });
    await client.connect();
    await client.query(`CREATE ROLE limited LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT SELECT, INSERT, UPDATE, DELETE ON "mproc_${own}.jobs", "mproc_${own}.jobs_starts" TO limited`);
    process.env.DATABASE_URL = engine.where.replace('queues@', 'limited@');
    const fresh = engine.queuesOf(own)('jobs', OPTIONS);
    process.env.DATABASE_URL = engine.where;
    try {
      const indexes = 'SELECT indexname FROM pg_indexes WHERE tablename = $1 AND indexname LIKE $2';
      const lines = async () => (await client.query(indexes, [`mproc_${own}.jobs`, '%_lines'])).rowCount;
      const behind = Array.from({ length: 300 }, (_, n) => `a${n + 3}`);
      await fresh.put(behind, { limitKeys: behind.map(() => 'a') });
      await fresh.put('c1', { limitKeys: ['c'] });
      expect(valuesOf(await fresh.reserve(10, { limit: ONE }))).toEqual(['b1', 'c1']);
      await old.ack([first!]);
      expect(valuesOf(await fresh.reserve(10, { limit: ONE }))).toEqual(['a2']);
      expect(await lines()).toBe(0);
      // Its owner makes it.
      const owner = engine.queuesOf(own)('jobs', OPTIONS);
      expect(await owner.reserve(10, { limit: ONE })).toEqual([]);
      expect(await lines()).toBe(1);
      await owner.close();
    } finally {
      await fresh.close();
      await old.destroy();
      await client.end();
    }
  });
});
