import { describe, expect, test } from 'vitest';
import { expectCounts, expectNothing, type Kit, numbers, reserveSome } from './kit.js';

export function describeWithdrawals(kit: Kit): void {
  describe('taking back', () => {
    test('`withdraw` removes values by their ids, and no others', async (context) => {
      const queue = kit.open();
      if (!queue.supports.withdraw) return context.skip('the queue takes nothing back');
      const ids = await queue.put(numbers(6));
      if (queue.supports.delay) ids.push(...(await queue.put('delayed', { delayMs: 60_000 })));
      const unwanted = [ids[1]!, ids[4]!, ...ids.slice(6)];
      expect(await queue.withdraw!(unwanted)).toBe(unwanted.length);
      expect(await queue.withdraw!(unwanted)).toBe(0);
      expect(await queue.withdraw!([])).toBe(0);
      const leases = await reserveSome(queue, 4);
      expect(leases.map(({ value }) => value)).toEqual([0, 2, 3, 5].slice(0, leases.length));
      await queue.ack(leases);
      await queue.clear();
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('a holder finds its lease lost when its value was withdrawn, and its others as they were', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      if (!queue.supports.withdraw) return context.skip('the queue takes nothing back');
      const other = queue.supports.shared ? kit.open(name) : queue;
      const [gone = ''] = await queue.put(['gone', 'kept']);
      const [first] = await reserveSome(queue);
      const [second] = await reserveSome(queue);
      expect(await other.withdraw!([gone])).toBe(1);
      expect(await queue.extend([first, second])).toEqual(['lost', 'ok']);
      expect(await queue.ack([first, second])).toEqual(['lost', 'ok']);
      await expectNothing(queue);
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('the dedupe key of a value that was withdrawn is free', async (context) => {
      const queue = kit.open();
      if (!queue.supports.withdraw || !queue.supports.dedupe)
        return context.skip('the queue takes nothing back, or knows no keys');
      const [first = ''] = await queue.put('first', { dedupeKey: 'key' });
      await queue.withdraw!([first]);
      await queue.put('second', { dedupeKey: 'key' });
      const [lease] = await reserveSome(queue);
      expect(lease.value).toBe('second');
      await queue.ack([lease]);
    });
  });
}
