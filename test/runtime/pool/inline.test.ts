import { ProcessPool, SharedArray } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Does } from '../functions/modules/parity.mjs';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { childrenOf } from './prove-pool.js';
import { SCENARIOS } from './scenarios.js';

/** One pool of each kind for all of them: what one leaves must not reach the next. */
describe('jobs in this process answer as jobs in a process do:', () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const options = { killTimeoutMs: 60_000, logger };
  test('in every scenario', async () => {
    const here = new ProcessPool({ ...options, processes: 'inline' });
    expect([here.stats().processes, childrenOf(process.pid).length]).toEqual([0, 0]);
    const inline: Record<string, unknown> = {};
    for (const [name, scenario] of Object.entries(SCENARIOS)) inline[name] = await scenario(here);
    expect(childrenOf(process.pid).length).toBe(0);
    await here.close();
    await expect(here.map(new Does(), [])).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const there = new ProcessPool({ ...options, processes: 1 });
    for (const [name, scenario] of Object.entries(SCENARIOS))
      expect(inline[name], name).toEqual(await scenario(there));
    await there.close();
  });
});

test('a pool in this process ends as others do: close waits, destroy does not', async () => {
  const closing = new ProcessPool({ processes: 'inline' });
  const closed: string[] = [];
  closing.on('close', () => closed.push('close')).on('idle', () => closed.push('idle'));
  const done = closing.map(new Does(), [
    { what: 'waits', ms: 30 },
    { what: 'value', value: 2 },
  ]);
  await closing.close();
  expect((await done).map(({ body }) => body)).toEqual(['waits', 2]);
  expect(closed).toEqual(['idle', 'close']);
  const destroyed = new ProcessPool({ processes: 'inline', concurrency: 2 });
  const jobs = destroyed.map(new Does(), [{ what: 'waits', ms: 60_000 }, { what: 'waits', ms: 60_000 }, {}]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await destroyed.destroy();
  await expect(jobs).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
});

test('it sees a shared array, and serves queues', async () => {
  const space = `inline-${process.pid}`;
  const pool = new ProcessPool({ processes: 'inline', queues: queuesOf(space) });
  expect((await pool.map(new Does(), [{ what: 'value', value: 4 }])).map(({ body }) => body)).toEqual([4]);
  await pool.close();
  await removeQueues(space, ['jobs.Does']);
  const plain = new ProcessPool({ processes: 'inline' });
  const array = SharedArray.allocate('Uint8Array', 3);
  array.values[0] = 7;
  const { body } = await plain.run(new Does(), { what: 'value', value: array });
  expect((body as typeof array).values[0]).toBe(7);
  array.close();
  await plain.close();
  expect(() => new ProcessPool({ processes: 'inline', output: 'response' })).toThrow(
    /output must be 'program'/,
  );
  expect(() => new ProcessPool({ processes: 'other' as never })).toThrow(/processes must be a whole number/);
});
