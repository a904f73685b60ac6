import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  expectCode,
  expectCounts,
  expectNothing,
  type Kit,
  type KitQueue,
  numbers,
  reserveSome,
  slowTest,
  takeAll,
} from './kit.js';

const CLOSED = 'ERR_QUEUE_CLOSED';

function usesOf(queue: KitQueue): (() => unknown)[] {
  return [
    () => queue.put(['x']),
    () => queue.reserve(1),
    () => queue.pop(),
    () => queue.size(),
    () => queue.counts(),
  ];
}

export function describeLife(kit: Kit): void {
  describe('closing and destroying', () => {
    test('`close` hands back what is leased, keeps the data, and may be called twice; use after it rejects with `QueueClosedError`', async (context) => {
      const name = kit.freshName();
      const one = kit.open(name);
      if (!one.supports.shared) return context.skip('the queue is of one process');
      const other = kit.open(name);
      await one.put(numbers(4));
      await reserveSome(one, 2);
      await one.close();
      await one.close();
      await expectCode(() => one.reserve(1), CLOSED);
      expect((await takeAll(other, 4)).sort()).toEqual(numbers(4));
    });

    test('`close` leaves the leases of others alone', async (context) => {
      const name = kit.freshName();
      const one = kit.open(name);
      if (!one.supports.shared) return context.skip('the queue is of one process');
      const other = kit.open(name);
      await one.put(['x']);
      const [lease] = await reserveSome(other);
      await one.close();
      await expectNothing(other);
      expect(await other.ack([lease])).toEqual(['ok']);
    });

    test('a closed queue may be closed again, and refuses all else', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      await queue.close();
      await queue.close();
      for (const use of usesOf(queue)) await expectCode(use, CLOSED);
    });

    test('`close` ends a wait', async () => {
      const queue = kit.open();
      const begin = performance.now();
      const waiting = Promise.allSettled([(async () => queue.reserve(1, { waitMs: 20_000 }))()]);
      await sleep(100);
      await queue.close();
      const [settled] = await waiting;
      expect(performance.now() - begin).toBeLessThan(10_000);
      if (settled.status === 'fulfilled') expect(settled.value).toEqual([]);
      else expect(settled.reason).toMatchObject({ code: CLOSED });
    });

    test('disposing closes', async () => {
      const queue = kit.open();
      await queue[Symbol.asyncDispose]();
      await expectCode(() => queue.put(['x']), CLOSED);
    });

    test('what was put is still there when a durable queue is opened again', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      if (!queue.supports.durable) return context.skip('the queue is not durable');
      await queue.put(numbers(3));
      await queue.close();
      expect(await takeAll(kit.open(name), 3)).toEqual(numbers(3));
    });

    slowTest('what was put outlives every process that uses a durable queue', async (context) => {
      const queue = kit.open();
      if (!queue.supports.durable) return context.skip('the queue is not durable');
      await queue.put(['of this process']);
      await queue.close();
      const producer = await kit.start(queue, { kind: 'put', values: ['of another'], afterMs: 0 });
      await producer.message('done');
      await producer.kill();
      const heir = await kit.start(queue, { kind: 'hold', count: 2 });
      expect((await heir.message('held')).values).toEqual(['of this process', 'of another']);
      await heir.stop();
      kit.open(queue.name);
    });

    test('`destroy` leaves nothing in the engine', async () => {
      const name = kit.freshName();
      const queue = kit.open(name);
      await queue.put(numbers(3));
      await reserveSome(queue);
      await queue.destroy();
      const anew = kit.open(name);
      await expectCounts(anew, { ready: 0, delayed: 0, leased: 0, dead: 0 });
      await expectNothing(anew);
      await anew.put(['anew']);
      expect(await takeAll(anew, 1)).toEqual(['anew']);
    });

    test('a queue that another one destroys is closed, or made anew: nothing that is put vanishes', async (context) => {
      const name = kit.freshName();
      const one = kit.open(name);
      if (!one.supports.shared) return context.skip('the queue is of one process');
      const other = kit.open(name);
      await other.put(['before']);
      await one.destroy();
      const [put] = await Promise.allSettled([(async () => other.put(['after']))()]);
      if (put.status === 'rejected') expect(put.reason).toMatchObject({ code: CLOSED });
      else expect(await takeAll(other, 1)).toEqual(['after']);
    });

    test('a destroyed queue may be destroyed and closed again, and refuses all else', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      await queue.destroy();
      await queue.destroy();
      await queue.close();
      for (const use of usesOf(queue)) await expectCode(use, CLOSED);
    });
  });
}
