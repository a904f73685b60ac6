import { ProcessPool, type PutOptions, type Queue, type QueueFactory } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { ENGINES, type RunningEngine, startEngine } from './engines.js';
import { Ledger } from './ledger.worker.js';

const JOBS = 1_000;
/** One for the first, which waits for nobody, and one for those that come meanwhile; and some more, should an engine be quick. */
const MOST_PUTS = 10;

interface Put {
  readonly count: number;
  readonly options: PutOptions;
}

/** Queues that note what is put on those of jobs. */
function noting(factory: QueueFactory, puts: Put[], supports = {}): QueueFactory {
  return (name, options) => {
    const queue = factory(name, options) as Queue<unknown>;
    if (!name.includes('jobs.')) return queue;
    const put = queue.put.bind(queue);
    queue.put = (values, given = {}) => {
      puts.push({ count: Array.isArray(values) ? values.length : 1, options: given });
      return put(values, given);
    };
    return Object.assign(queue, { supports: { ...queue.supports, ...supports } });
  };
}

describe.each(ENGINES)('submitted over %s', (name) => {
  let engine: RunningEngine | undefined;
  let spaces = 0;
  afterAll(() => engine?.remove());

  async function begin(
    context: { skip: (note: string) => void },
    supports?: { readonly dedupeKeys: boolean },
  ) {
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) context.skip(engine.missing);
    spaces += 1;
    const space = `submits-${process.pid}-${spaces}`;
    const puts: Put[] = [];
    const queues = noting(engine.queuesOf(space), puts, supports);
    const pool = new ProcessPool({ processes: 0, queues });
    const jobs = engine.queuesOf(space)('jobs.Ledger', { leaseMs: 240_000, maxAttempts: 5 }) as Queue<{
      readonly id: string;
      readonly args: unknown;
    }>;
    const end = async () => {
      await pool.close();
      await jobs.destroy();
    };
    return { pool, puts, jobs, end };
  }

  test('jobs that come together are put together, each once and in their order', async (context) => {
    const { pool, puts, jobs, end } = await begin(context);
    const numbers = Array.from({ length: JOBS }, (_, n) => n);
    const ids = await Promise.all(numbers.map((n) => pool.submit(new Ledger(), n)));
    expect(new Set(ids).size).toBe(JOBS);
    expect(puts.reduce((sum, { count }) => sum + count, 0)).toBe(JOBS);
    // An engine without keys needs none; one that takes a key for each put is asked for each.
    if (jobs.supports.dedupeKeys || !jobs.supports.dedupe) expect(puts.length).toBeLessThan(MOST_PUTS);
    else expect(puts.length).toBe(JOBS);
    const found: { readonly id: string; readonly args: unknown }[] = [];
    while (found.length < JOBS) {
      const leases = await jobs.reserve(100, { waitMs: 10_000 });
      found.push(...leases.map(({ value }) => value));
      await jobs.ack(leases);
    }
    // Puts that are under way at the same time may come in any order.
    if (!jobs.supports.dedupeKeys) found.sort((a, b) => Number(a.args) - Number(b.args));
    expect(found.map(({ args }) => args)).toEqual(numbers);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(await jobs.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0, dead: 0 });
    await end();
  });

  test('of jobs with the same key that come together one is put, and each has what was said of it', async (context) => {
    const { pool, puts, jobs, end } = await begin(context);
    if (!jobs.supports.dedupe || !jobs.supports.priority) context.skip('the engine knows no keys');
    const args = { n: 1 };
    const submits = [
      pool.submit(new Ledger(), 0 as number),
      pool.submit(new Ledger(), args as never, { dedupeKey: 'one' }),
      pool.submit(new Ledger(), 2, { dedupeKey: 'one' }),
      pool.submit(new Ledger(), 3, { priority: 2 }),
      pool.submit(new Ledger(), (() => 4) as never),
      pool.submit(new Ledger(), 5),
    ];
    // It was submitted as it was.
    args.n = 6;
    const outcomes = await Promise.allSettled(submits);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'ERR_VALUE' } });
    const [, one, two] = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : ''));
    expect(one).toBe(two);
    expect(puts.some(({ options }) => options.priority === 2)).toBe(true);
    const leases = await jobs.reserve(10);
    const others = leases.slice(1).map(({ value }) => value.args);
    expect(leases[0]?.value.args).toBe(3);
    expect(others).toHaveLength(3);
    expect(others).toEqual(expect.arrayContaining([0, { n: 1 }, 5]));
    await jobs.ack(leases);
    await end();
  });

  test('a queue that takes one key for a put is given each job by itself', async (context) => {
    const { pool, puts, jobs, end } = await begin(context, { dedupeKeys: false });
    if (!jobs.supports.dedupe) context.skip('the engine knows no keys');
    await Promise.all([1, 2, 3].map((n) => pool.submit(new Ledger(), n)));
    expect(puts.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect(puts.every(({ options }) => options.dedupeKey !== undefined)).toBe(true);
    expect((await jobs.counts()).ready).toBe(3);
    await jobs.clear();
    await end();
  });
});
