import { describe, expect, test } from 'vitest';
import { declared, expectCounts, expectNothing, type Kit, numbers, reserveSome, takeAll } from './kit.js';

export function describePeeks(kit: Kit): void {
  describe('looking', () => {
    test('`getAll` and `at` show what waits, oldest first, and change nothing', async () => {
      const queue = kit.open();
      await queue.put(numbers(5));
      if (!(await declared(queue, 'peek', [() => queue.getAll(), () => queue.at(0)]))) return;
      for (let round = 0; round < 2; round += 1) {
        expect(await queue.getAll()).toEqual(numbers(5));
        expect(await queue.getAll({ limit: 2 })).toEqual([0, 1]);
        expect([await queue.at(0), await queue.at(4), await queue.at(5)]).toEqual([0, 4, undefined]);
      }
      await expectCounts(queue, { ready: 5, delayed: 0, leased: 0, dead: 0 });
      const leases = await reserveSome(queue, 5);
      expect(leases.map(({ value, attempt }) => [value, attempt])).toEqual(numbers(5).map((n) => [n, 1]));
    });

    test('what is leased is not shown', async (context) => {
      const queue = kit.open();
      if (!queue.supports.peek) return context.skip('the queue shows nothing');
      await queue.put(['leased', 'waiting']);
      await reserveSome(queue);
      expect(await queue.getAll()).toEqual(['waiting']);
      expect(await queue.at(0)).toBe('waiting');
    });

    test('`getAll` with `empty` takes what it shows', async (context) => {
      const queue = kit.open();
      if (!queue.supports.peek) return context.skip('the queue shows nothing');
      await queue.put(numbers(4));
      expect(await queue.getAll({ empty: true, limit: 1 })).toEqual([0]);
      expect(await queue.getAll({ empty: true })).toEqual([1, 2, 3]);
      expect(await queue.size()).toBe(0);
      await expectNothing(queue);
    });

    test('values are counted in each state', async () => {
      const queue = kit.open();
      await queue.put(numbers(4));
      const [leased] = await reserveSome(queue);
      let delayed = 0;
      if (queue.supports.delay) {
        await queue.put(['later'], { delayMs: 60_000 });
        delayed = 1;
      }
      await expectCounts(queue, { ready: 3, delayed, leased: 1, dead: 0 });
      expect(await queue.size()).toBe(3 + delayed);
      await queue.ack([leased]);
      await expectCounts(queue, { ready: 3, delayed, leased: 0, dead: 0 });
    });

    test('`clear` removes what is ready and delayed, says how many, and leaves leases alone', async () => {
      const queue = kit.open();
      await queue.put(numbers(5));
      const [lease] = await reserveSome(queue);
      if (queue.supports.delay) await queue.put(['later'], { delayMs: 60_000 });
      expect(await queue.clear()).toBe(queue.supports.delay ? 5 : 4);
      expect(await queue.size()).toBe(0);
      await expectNothing(queue);
      expect(await queue.ack([lease])).toEqual(['ok']);
      expect(await queue.clear()).toBe(0);
      await queue.put(['after']);
      expect(await takeAll(queue, 1)).toEqual(['after']);
    });
  });
}
