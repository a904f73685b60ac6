import { Redis } from 'ioredis';
import type { Queue, QueueLimit } from 'mproc-worker';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { type RunningEngine, startEngine } from '../runtime/remote/engines.js';

const ONE: QueueLimit = { atOnce: 1 };
const FEW = 300;
const MANY = 30_000;
/** Each way to count is the work of so many claims that find nothing. */
const CLAIMS = 20;

type Counter = (claim: () => Promise<void>, queue: string) => Promise<number>;

/** What the server looks at, by its own count. */
const COUNTERS: Record<string, (where: string) => Promise<Counter>> = {
  // Commands, those of scripts among them.
  redis: async (where) => async (claim) => {
    const redis = new Redis(where);
    await redis.config('RESETSTAT');
    for (let count = 0; count < CLAIMS; count += 1) await claim();
    const calls = (await redis.info('commandstats')).matchAll(/calls=(\d+)/g);
    redis.disconnect();
    return [...calls].reduce((sum, [, count]) => sum + Number(count), 0) / CLAIMS;
  },
  // Rows that were read in indexes. A connection tells of them no sooner than a second after it has told last.
  postgres: async (where) => async (claim, queue) => {
    const client = new Client({ connectionString: where });
    await client.connect();
    const read = async () => {
      const sums = `SELECT sum(idx_tup_read)::int AS rows, sum(idx_scan) FILTER (WHERE indexrelname LIKE '%_ready')::int AS looks
        FROM pg_stat_user_indexes WHERE relname = $1`;
      return (await client.query<{ rows: number; looks: number }>(sums, [`mproc_${queue}`])).rows[0]!;
    };
    try {
      const before = await read();
      await expect
        .poll(
          async () => {
            await claim();
            return (await read()).looks - before.looks;
          },
          { interval: 20 },
        )
        .toBeGreaterThan(CLAIMS);
      const after = await read();
      return (after.rows - before.rows) / (after.looks - before.looks);
    } finally {
      await client.end();
    }
  },
  // It does not tell, so the least time says it.
  sqlite: async () => async (claim) => {
    let least = Infinity;
    for (let count = 0; count < CLAIMS; count += 1) {
      const from = performance.now();
      await claim();
      least = Math.min(least, performance.now() - from);
    }
    return least;
  },
};

describe.each(['sqlite', 'redis', 'postgres'] as const)('over %s', (name) => {
  let engine: RunningEngine | undefined;
  const queues: Queue<unknown>[] = [];
  afterAll(async () => {
    for (const queue of queues) await queue.destroy();
    await engine?.remove();
  });

  test('a claim costs the same however many jobs of a full key wait', async (context) => {
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) return context.skip(engine.missing);
    const space = `cost-${process.pid}`;
    const queue = engine.queuesOf(space)('jobs', { leaseMs: 240_000, maxAttempts: 5 });
    queues.push(queue);
    const count = await COUNTERS[name]!(engine.where);
    const claim = async () => expect(await queue.reserve(5, { limit: ONE })).toEqual([]);
    const full = { limitKeys: Array<string>(FEW).fill('full') };
    const values = Array.from({ length: FEW }, (_, n) => n);
    await queue.put(values, full);
    expect(await queue.reserve(5, { limit: ONE })).toHaveLength(1);
    const few = await count(claim, `${space}.jobs`);
    for (let put = FEW; put < MANY; put += FEW) await queue.put(values, full);
    const many = await count(claim, `${space}.jobs`);
    console.log(`${name}: ${few} with ${FEW}, ${many} with ${MANY}`);
    // It was a hundred times as much.
    expect(many).toBeLessThan(few * 10);
    // And what comes behind them all goes at once.
    await queue.put(['other', 'next'], { limitKeys: ['other', 'other'] });
    await queue.put('free');
    const leases = await queue.reserve(5, { limit: ONE });
    expect(leases.map(({ value }) => value)).toEqual(['other', 'free']);
  });
});
