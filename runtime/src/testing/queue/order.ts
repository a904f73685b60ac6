import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  declared,
  eventually,
  expectCounts,
  expectNothing,
  type Kit,
  numbers,
  reserveSome,
  takeAll,
} from './kit.js';

export function describeOrder(kit: Kit): void {
  describe('order', () => {
    test('1,000 values put one after another come first in, first out', async () => {
      const queue = kit.open();
      for (let from = 0; from < 1_000; from += 50) await queue.put(numbers(50, from));
      expect(await takeAll(queue, 1_000)).toEqual(numbers(1_000));
    });

    test('first in, first out within a priority; what is delivered again may come late', async () => {
      const queue = kit.open();
      if (!(await declared(queue, 'priority', [() => queue.put(['x'], { priority: 1 })]))) return;
      await queue.put(['n1']);
      await queue.put(['low'], { priority: -5 });
      await queue.put(['h1', 'h2'], { priority: 5 });
      await queue.put(['n2']);
      const taken: unknown[] = [];
      for (let left = 5; left > 0; left -= 1) taken.push(...(await takeAll(queue, 1)));
      expect(taken).toEqual(['h1', 'h2', 'n1', 'n2', 'low']);
    });

    test('a value keeps its priority while it is delayed, leased, and given back', async (context) => {
      const queue = kit.open();
      if (!queue.supports.priority) return context.skip('the queue has no priorities');
      await queue.put(['high'], { priority: 5, ...(queue.supports.delay && { delayMs: 100 }) });
      await queue.put(['middle'], { priority: 1 });
      await eventually(async () => expect(await queue.counts()).toMatchObject({ ready: 2 }));
      const [high] = await reserveSome(queue);
      expect(high.value).toBe('high');
      expect(await queue.nack([high])).toEqual(['ok']);
      expect([...(await takeAll(queue, 1)), ...(await takeAll(queue, 1))]).toEqual(['high', 'middle']);
    });

    test('a delayed value comes no earlier than its delay, and at most a second late', async (context) => {
      const queue = kit.open();
      if (!(await declared(queue, 'delay', [() => queue.put(['x'], { delayMs: 50 })]))) return;
      const begin = performance.now();
      await queue.put(['later'], { delayMs: 400 });
      const put = performance.now();
      await queue.put(['now']);
      await expectCounts(queue, { ready: 1, delayed: 1 });
      const taken = await takeAll(queue, 1);
      if (performance.now() - begin > 400)
        return context.skip('the machine was too busy to look before the delay was over');
      expect(taken).toEqual(['now']);
      const [lease] = await reserveSome(queue);
      const now = performance.now();
      expect(lease.value).toBe('later');
      // Engines count in whole milliseconds.
      expect(now - begin).toBeGreaterThanOrEqual(399);
      expect(now - put - 400).toBeLessThanOrEqual(kit.options.lateMs);
    });

    test('a delayed value cannot be reserved before, whoever asks', async (context) => {
      const queue = kit.open();
      if (!queue.supports.delay) return context.skip('the queue has no delays');
      await queue.put(['later'], { delayMs: 10_000 });
      await expectNothing(queue);
      await sleep(100);
      await expectNothing(queue);
      expect(await queue.size()).toBe(1);
    });
  });
}
