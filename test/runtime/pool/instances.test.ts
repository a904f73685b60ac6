import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NullQueue, ProcessPool, Worker } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { until } from './prove-pool.js';

class Order {
  lines = [1];
  total(): number {
    return this.lines.length;
  }
}

test('a pool refuses pools, queues and workers among arguments, and tells its logger by its option', async () => {
  const warnings: unknown[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) };
  const pool = new ProcessPool({ processes: 1, logger: logger as never });
  class Sums extends Worker {
    static override readonly module = import.meta.url;
    protected override process(): void {}
  }
  for (const item of [pool, new NullQueue('none'), new Sums()]) {
    const { error } = await pool.run(new Echo(), { item });
    expect(error).toMatchObject({ code: 'ERR_VALUE', path: expect.stringMatching(/^args\.item/) });
  }
  const [response] = await pool.map(new Echo(), [new Order()]);
  expect(response!.body).toEqual({ lines: [1] });
  expect(warnings).toEqual([expect.stringMatching(/^an Order arrives as a plain object/)]);
  // Responses are data.
  expect((await pool.run(new Echo(), response)).body).toMatchObject({ ok: true, body: { lines: [1] } });
  await pool.close();
  expect(() => new ProcessPool({ instances: 'tell' as never })).toThrow(/option instances must be/);
});

test('nothing keeps a pool that has ended, or what it was made with', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const used = async () => {
    const logger = { debug() {}, info() {}, error() {}, warn() {} };
    const pool = new ProcessPool({ processes: 1, logger });
    await pool.run(new Echo(), { item: [1] });
    await pool.close();
    return [new WeakRef<object>(logger), new WeakRef<object>(pool)];
  };
  const kept = await used();
  await until(() => {
    collectGarbage();
    return kept.every((one) => one.deref() === undefined);
  });
});
