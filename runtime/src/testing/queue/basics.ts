import { describe, expect, test } from 'vitest';
import {
  declared,
  expectCode,
  expectCounts,
  expectNothing,
  type Kit,
  numbers,
  reserveSome,
  takeAll,
} from './kit.js';

const VALUES = [
  0,
  -1.5,
  '',
  'text with \u0000 and "quotes" and 日本語',
  true,
  null,
  [],
  [1, [2, [3]]],
  {},
  { a: 1, b: { c: [true, null] } },
];

export function describeBasics(kit: Kit): void {
  describe('putting and taking', () => {
    test('a value comes back as it was put', async () => {
      const queue = kit.open();
      for (const value of VALUES) {
        await queue.put([value]);
        const [lease] = await reserveSome(queue);
        expect(lease.value).toEqual(value);
        expect(await queue.ack([lease])).toEqual(['ok']);
      }
    });

    test('undefined, big integers, dates, maps, sets and bytes come back as they were put', async () => {
      const queue = kit.open();
      const value = {
        nothing: undefined,
        big: 2n ** 70n,
        negativeZero: -0,
        date: new Date(86_400_000),
        map: new Map<unknown, unknown>([[1, new Set(['a'])]]),
        bytes: new Uint8Array([0, 255, 7]),
      };
      await queue.put([value]);
      const [lease] = await reserveSome(queue);
      expect(lease.value).toStrictEqual(value);
    });

    test('a large value comes back whole', async () => {
      const queue = kit.open();
      const value = { text: 'x'.repeat(200_000), list: numbers(2_000) };
      await queue.put([value]);
      expect(await takeAll(queue, 1)).toEqual([value]);
    });

    test('`put` resolves once the engine has the values, with one id each', async () => {
      const queue = kit.open();
      const ids = [...(await queue.put([1, 2, 3])), ...(await queue.put(4))];
      expect(ids).toEqual(Array(4).fill(expect.stringMatching(/./)));
      expect(new Set(ids).size).toBe(4);
      expect(await queue.size()).toBe(4);
      const leases = await reserveSome(queue, 4);
      expect(leases.map((lease) => lease.id)).toEqual(ids.slice(0, leases.length));
    });

    test('what becomes of an object after it was put, or handed out, changes nothing in the queue', async () => {
      const queue = kit.open();
      const order = { items: ['pen'] };
      await queue.put([order]);
      order.items.push('changed by who put it');
      const [lease] = await reserveSome(queue);
      expect(lease.value).toEqual({ items: ['pen'] });
      (lease.value as typeof order).items.push('changed by its holder');
      expect(await queue.nack([lease])).toEqual(['ok']);
      if (queue.supports.peek) {
        for (const seen of [...(await queue.getAll()), await queue.at(0)])
          (seen as typeof order).items.push('changed by who looked');
      }
      expect(await takeAll(queue, 1)).toEqual([{ items: ['pen'] }]);
    });

    test('a value that cannot be sent is refused, and is not there', async () => {
      const queue = kit.open();
      await expectCode(() => queue.put([{ call: () => 1 }]), 'ERR_VALUE');
      expect(await queue.size()).toBe(0);
      await queue.put(['good']);
      expect(await takeAll(queue, 1)).toEqual(['good']);
    });

    test('an empty queue gives nothing, and at once', async () => {
      const queue = kit.open();
      await expectNothing(queue);
      expect(await queue.pop()).toBeUndefined();
      expect(await queue.size()).toBe(0);
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('empty batches change nothing', async () => {
      const queue = kit.open();
      expect(await queue.put([])).toEqual([]);
      expect(await queue.ack([])).toEqual([]);
      expect(await queue.nack([])).toEqual([]);
      if (queue.supports.extend) expect(await queue.extend([])).toEqual([]);
      expect(await queue.size()).toBe(0);
    });

    test('`pop` takes a value for good', async () => {
      const queue = kit.open();
      await queue.put(['a', 'b']);
      expect(await queue.pop()).toBe('a');
      expect(await queue.pop()).toBe('b');
      expect(await queue.pop()).toBeUndefined();
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('iterating takes value after value', async () => {
      const queue = kit.open();
      await queue.put(['a', 'b', 'c']);
      const seen: unknown[] = [];
      for await (const value of queue) if (seen.push(value) === 3) break;
      expect(seen).toEqual(['a', 'b', 'c']);
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('two queues of different names know nothing of each other', async () => {
      const one = kit.open();
      const other = kit.open();
      await one.put(['of one']);
      await expectNothing(other);
      expect(await one.size()).toBe(1);
    });

    test('names may have dots, dashes and underscores, a hundred signs, and are told apart by each of them', async () => {
      const name = kit.freshName();
      const ends = [
        '.a-b',
        '.a_b',
        '.a.b',
        ...['x', 'y'].map((last) => `.${last.padStart(97 - name.length, 'x')}.z`),
      ];
      const queues = ends.map((end) => kit.open(name + end));
      for (const [index, queue] of queues.entries()) await queue.put([index]);
      for (const [index, queue] of queues.entries()) {
        expect(queue.name).toBe(name + ends[index]);
        expect(await takeAll(queue, 1)).toEqual([index]);
        await expectNothing(queue);
      }
    });

    test('a dedupe key that is in the queue already is not put again', async () => {
      const queue = kit.open();
      const dedupeKey = 'the same';
      if (!(await declared(queue, 'dedupe', [() => queue.put(['x'], { dedupeKey })]))) return;
      const [first] = await queue.put(['first'], { dedupeKey });
      expect(await queue.put(['second'], { dedupeKey })).toEqual([first]);
      await queue.put(['other'], { dedupeKey: 'another' });
      expect(await takeAll(queue, 2)).toEqual(['first', 'other']);
      await queue.put(['after'], { dedupeKey });
      expect(await takeAll(queue, 1)).toEqual(['after']);
    });

    test('of many values each has its own dedupe key, and one that is there already, or has come before, is not put again', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dedupeKeys) return context.skip('the queue knows one key for a put');
      const [first] = await queue.put(['a'], { dedupeKeys: ['key a'] });
      const values = ['c', 'again a', 'b', 'again c', 'd'];
      const dedupeKeys = ['key c', 'key a', 'key b', 'key c', 'key d'];
      const ids = await queue.put(values, { dedupeKeys });
      expect(ids[1]).toBe(first);
      expect(ids[3]).toBe(ids[0]);
      expect(new Set(ids).size).toBe(4);
      expect(await queue.put('again d', { dedupeKey: 'key d' })).toEqual([ids[4]]);
      await expectCounts(queue, { ready: 4 });
      expect(await takeAll(queue, 4)).toEqual(['a', 'c', 'b', 'd']);
      expect(await queue.put(['e'], { dedupeKeys: ['key a'] })).not.toEqual([first]);
      expect(await takeAll(queue, 1)).toEqual(['e']);
      await expectNothing(queue);
    });

    test('calls that put the same dedupe keys at once, in different orders, put each value once', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dedupeKeys) return context.skip('the queue knows one key for a put');
      const keys = numbers(60).map((n) => `key ${n}`);
      const orders = [keys, [...keys].reverse(), [...keys.slice(30), ...keys.slice(0, 30)]];
      const ids = await Promise.all(orders.map((order) => queue.put(order, { dedupeKeys: order })));
      const idOf = new Map(keys.map((key, index) => [key, ids[0]![index]]));
      for (const [call, order] of orders.entries())
        expect(ids[call]).toEqual(order.map((key) => idOf.get(key)));
      expect((await takeAll(queue, 60)).sort()).toEqual([...keys].sort());
      await expectNothing(queue);
    });

    test('a dedupe key holds while its value is leased, given back or delayed, and no longer when it is dead', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dedupe) return context.skip('the queue knows no keys');
      const dedupeKey = 'the same';
      const putAgain = () => queue.put(['again'], { dedupeKey });
      const first = await queue.put(['first'], { dedupeKey });
      const [lease] = await reserveSome(queue);
      expect(await putAgain()).toEqual(first);
      expect(await queue.nack([lease], { refund: true })).toEqual(['ok']);
      expect(await putAgain()).toEqual(first);
      const [again] = await reserveSome(queue);
      const options = { refund: true, ...(queue.supports.delay && { delayMs: 200 }) };
      expect(await queue.nack([again], options)).toEqual(['ok']);
      expect(await putAgain()).toEqual(first);
      const [last] = await reserveSome(queue);
      expect(last.value).toBe('first');
      if (queue.supports.dead) expect(await queue.nack([last], { dead: true })).toEqual(['ok']);
      else expect(await queue.ack([last])).toEqual(['ok']);
      expect(await putAgain()).not.toEqual(first);
      expect(await takeAll(queue, 1)).toEqual(['again']);
    });
  });
}
