import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  declared,
  expectBefore,
  expectCounts,
  expectInTime,
  expectNothing,
  type Kit,
  numbers,
  punctualTest,
  reserveSome,
  slowTest,
} from './kit.js';

export function describeLeases(kit: Kit): void {
  describe('leases', () => {
    test('what is leased is invisible to a second consumer', async () => {
      const name = kit.freshName();
      const one = kit.open(name);
      const other = one.supports.shared ? kit.open(name) : one;
      await one.put(numbers(3));
      const leases = await reserveSome(one, 3);
      expect(leases).toHaveLength(3);
      await expectNothing(other);
      await expectCounts(other, { ready: 0, delayed: 0, leased: 3, dead: 0 });
    });

    test('every delivery has its own token, its attempt, and a deadline', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      const before = Date.now();
      const [first] = await reserveSome(queue);
      expect(first.attempt).toBe(1);
      expect(first.deadline).toBeGreaterThanOrEqual(before + kit.leaseMsOf(queue) - 50);
      expect(first.deadline).toBeLessThanOrEqual(Date.now() + kit.leaseMsOf(queue) + 1_000);
      expect(await queue.nack([first])).toEqual(['ok']);
      const [second] = await reserveSome(queue);
      expect(second.id).toBe(first.id);
      expect(second.attempt).toBe(2);
      expect(second.token).not.toBe(first.token);
    });

    punctualTest(
      "a second `ack`, or one after the lease has ended, is `'lost'`: it throws nothing and harms no other holder",
      async () => {
        const queue = kit.openBrief();
        await queue.put(['a', 'b']);
        const [a] = await reserveSome(queue);
        expectInTime(await queue.ack([a]), a.deadline);
        expect(await queue.ack([a])).toEqual(['lost']);
        expect(await queue.nack([a])).toEqual(['lost']);
        const [late] = await reserveSome(queue);
        await sleep(kit.leaseMs + 50);
        expect(await queue.ack([late])).toEqual(['lost']);
        const [b] = await reserveSome(queue, 1, kit.backWithinMs);
        expect(await queue.ack([late])).toEqual(['lost']);
        expect(b.value).toBe('b');
        expectInTime(await queue.ack([b]), b.deadline);
        await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
      },
    );

    test('in a batch, each lease has its own outcome', async () => {
      const queue = kit.open();
      await queue.put(['a', 'b', 'c']);
      const [a, b, c] = await reserveSome(queue, 3);
      await queue.ack([a]);
      expect(await queue.ack([a, b!, c!])).toEqual(['lost', 'ok', 'ok']);
    });

    test("a lease that is named twice in a batch is its holder's once", async () => {
      const queue = kit.open();
      await queue.put(['a', 'b']);
      const [a, b] = await reserveSome(queue, 2);
      expect(await queue.ack([a, a])).toEqual(['ok', 'lost']);
      expect(await queue.nack([b!, b!])).toEqual(['ok', 'lost']);
      const [again] = await reserveSome(queue);
      expect([again.value, again.attempt]).toEqual(['b', 2]);
    });

    test('a value that was given back can be reserved at once, and its attempts are counted', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      const [first] = await reserveSome(queue);
      expect(await queue.nack([first])).toEqual(['ok']);
      await expectCounts(queue, { ready: 1, leased: 0 });
      const [second] = await reserveSome(queue);
      expect([second.value, second.attempt]).toEqual(['x', 2]);
    });

    test('a refunded delivery does not count as an attempt', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      for (let round = 0; round < kit.maxAttempts + 2; round += 1) {
        const [lease] = await reserveSome(queue);
        expect(lease.attempt).toBe(1);
        expect(await queue.nack([lease], { refund: true })).toEqual(['ok']);
      }
    });

    test('a value given back with a delay comes no earlier, and at most a second late', async () => {
      const queue = kit.open();
      await queue.put(['x']);
      const [lease] = await reserveSome(queue);
      if (!(await declared(queue, 'delay', [() => queue.nack([lease], { delayMs: 50 })]))) return;
      const begin = performance.now();
      expect(await queue.nack([lease], { delayMs: 400 })).toEqual(['ok']);
      const given = performance.now();
      await expectNothing(queue);
      await reserveSome(queue);
      const now = performance.now();
      expect(now - begin).toBeGreaterThanOrEqual(399);
      expect(now - given - 400).toBeLessThanOrEqual(kit.options.lateMs);
    });

    slowTest('what is not acknowledged is back within lease + max(1 s, lease / 4)', async () => {
      const queue = kit.openBrief();
      await queue.put(['x']);
      const begin = performance.now();
      const [first] = await reserveSome(queue);
      const [second] = await reserveSome(queue, 1, kit.backWithinMs + 5_000);
      const elapsed = performance.now() - begin;
      expect([second.value, second.attempt]).toEqual(['x', 2]);
      expect(elapsed).toBeGreaterThanOrEqual(kit.leaseMs - 2);
      expect(elapsed).toBeLessThanOrEqual(kit.backWithinMs);
      expect(second.token).not.toBe(first.token);
    });

    slowTest('after its lease has ended, `ack`, `nack` and `extend` are lost', async () => {
      const queue = kit.openBrief();
      await queue.put(['x']);
      const [stale] = await reserveSome(queue);
      await sleep(kit.leaseMs + 50);
      expect(await queue.ack([stale])).toEqual(['lost']);
      expect(await queue.nack([stale])).toEqual(['lost']);
      if (queue.supports.extend) expect(await queue.extend([stale])).toEqual(['lost']);
      const [again] = await reserveSome(queue, 1, kit.backWithinMs);
      expect(again.value).toBe('x');
    });

    punctualTest('a stale holder takes nothing from the one who has the value now', async () => {
      const queue = kit.openBrief();
      await queue.put(['x']);
      const [stale] = await reserveSome(queue);
      const [current] = await reserveSome(queue, 1, kit.backWithinMs);
      expect(await queue.ack([stale])).toEqual(['lost']);
      expect(await queue.nack([stale])).toEqual(['lost']);
      if (queue.supports.extend) expect(await queue.extend([stale], 1)).toEqual(['lost']);
      const stolen = await queue.reserve(1);
      expectInTime(await queue.ack([current]), current.deadline);
      expect(stolen).toEqual([]);
      await expectNothing(queue);
    });

    punctualTest('a lease can be extended over three times its length', async () => {
      const queue = kit.openBrief();
      await queue.put(['long']);
      const [lease] = await reserveSome(queue);
      if (!(await declared(queue, 'extend', [() => queue.extend([lease])]))) return;
      const until = performance.now() + kit.leaseMs * 3;
      let { deadline } = lease;
      while (performance.now() < until) {
        const begin = Date.now();
        expectInTime(await queue.extend([lease]), deadline);
        deadline = begin + kit.leaseMs;
        const stolen = await queue.reserve(1);
        if (stolen.length > 0) expectInTime(['lost'], deadline);
        await sleep(kit.leaseMs / 8);
      }
      expectInTime(await queue.ack([lease]), deadline);
      await expectNothing(queue);
    });

    punctualTest(
      'an extended lease ends so long from now, however often it was extended before',
      async (context) => {
        const queue = kit.openBrief();
        if (!queue.supports.extend) return context.skip('the queue extends no lease');
        await queue.put(['x']);
        const [lease] = await reserveSome(queue);
        const times = Math.ceil((3 * kit.backWithinMs) / kit.leaseMs);
        let { deadline } = lease;
        for (let time = 0; time < times; time += 1) {
          const begin = Date.now();
          expectInTime(await queue.extend([lease]), deadline);
          deadline = begin + kit.leaseMs;
        }
        const [again] = await reserveSome(queue, 1, kit.backWithinMs);
        // By now it would have ended in a queue that adds them up, too.
        expectBefore(lease.deadline + times * kit.leaseMs);
        expect(again.attempt).toBe(2);
      },
    );

    punctualTest('a lease can be made longer than the queue makes it', async (context) => {
      const queue = kit.openBrief();
      if (!queue.supports.extend) return context.skip('the queue extends no lease');
      await queue.put(['long']);
      const [lease] = await reserveSome(queue);
      const deadline = Date.now() + kit.leaseMs * 4;
      expectInTime(await queue.extend([lease], kit.leaseMs * 4), lease.deadline);
      const stolen = await queue.reserve(1, { waitMs: kit.leaseMs * 2 });
      expectInTime(await queue.ack([lease]), deadline);
      expect(stolen).toEqual([]);
    });
  });
}
