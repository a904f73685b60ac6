import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { expectCounts, expectNothing, type Kit, numbers, reserveSome, slowTest, takeAll } from './kit.js';

const LONG_MS = 20_000;

export function describeWaiting(kit: Kit): void {
  describe('waiting', () => {
    test('`reserve` returns as soon as there is anything and never waits to fill a batch', async () => {
      const queue = kit.open();
      await queue.put(numbers(5));
      const begin = performance.now();
      const leases = await queue.reserve(32, { waitMs: LONG_MS });
      expect(leases.map((lease) => lease.value)).toEqual(numbers(5));
      expect(performance.now() - begin).toBeLessThan(LONG_MS / 2);
    });

    test('`reserve` never gives more than it was asked for', async () => {
      const queue = kit.open();
      await queue.put(numbers(10));
      expect((await reserveSome(queue, 3)).length).toBeLessThanOrEqual(3);
      expect(await queue.reserve(0)).toEqual([]);
    });

    test('`waitMs` waits as long as that, and no less, while nothing comes', async () => {
      const queue = kit.open();
      const begin = performance.now();
      await expectNothing(queue, 300);
      expect(performance.now() - begin).toBeGreaterThanOrEqual(295);
    });

    test('who waits is woken by a value that is put in the same process', async () => {
      const queue = kit.open();
      const waiting = (async () => queue.reserve(1, { waitMs: LONG_MS }))();
      await sleep(150);
      const begin = performance.now();
      await queue.put(['news']);
      expect((await waiting).map((lease) => lease.value)).toEqual(['news']);
      expect(performance.now() - begin).toBeLessThan(LONG_MS / 2);
    });

    test('a value that is put before `reserve` has begun to wait is not missed', async () => {
      const queue = kit.open();
      const begin = performance.now();
      const waiting = (async () => queue.reserve(1, { waitMs: LONG_MS }))();
      await queue.put(['news']);
      expect((await waiting).map((lease) => lease.value)).toEqual(['news']);
      expect(performance.now() - begin).toBeLessThan(LONG_MS / 2);
    });

    slowTest('who waits is woken by a value that another process puts', async (context) => {
      const queue = kit.open();
      if (!queue.supports.shared) return context.skip('the queue is of one process');
      await kit.start(queue, { kind: 'put', values: ['from afar'], afterMs: 200 });
      const begin = performance.now();
      const leases = await queue.reserve(1, { waitMs: LONG_MS });
      expect(leases.map((lease) => lease.value)).toEqual(['from afar']);
      expect(performance.now() - begin).toBeLessThan(LONG_MS / 2);
    });

    test('several that wait get one value each', async () => {
      const queue = kit.open();
      const waiting = numbers(3).map(async () => queue.reserve(1, { waitMs: LONG_MS }));
      await sleep(100);
      await queue.put(['a', 'b', 'c']);
      const values = (await Promise.all(waiting)).flat().map((lease) => lease.value);
      expect(values.sort()).toEqual(['a', 'b', 'c']);
    });

    test('of many that ask at once, nobody is given what another has', async () => {
      const queue = kit.open();
      await queue.put(numbers(40));
      const batches = await Promise.all(numbers(20).map(async () => queue.reserve(2)));
      const leases = batches.flat();
      const values = leases.map((lease) => lease.value);
      expect(new Set(values).size).toBe(values.length);
      expect(await queue.ack(leases)).toEqual(leases.map(() => 'ok'));
      const rest = await takeAll(queue, 40 - values.length);
      expect(new Set([...values, ...rest]).size).toBe(40);
    });

    test('an abort ends the wait and leaves nothing leased', async () => {
      const queue = kit.open();
      const abort = new AbortController();
      const waiting = Promise.allSettled([
        (async () => queue.reserve(5, { waitMs: LONG_MS, signal: abort.signal }))(),
      ]);
      await sleep(100);
      const begin = performance.now();
      abort.abort();
      const [settled] = await waiting;
      expect(performance.now() - begin).toBeLessThan(LONG_MS / 2);
      if (settled.status === 'fulfilled') expect(settled.value).toEqual([]);
      else expect(settled.reason).toMatchObject({ name: 'AbortError' });
      await queue.put(['kept']);
      await expectCounts(queue, { ready: 1, leased: 0 });
      expect(await takeAll(queue, 1)).toEqual(['kept']);
    });

    test('a signal that is aborted already takes nothing', async () => {
      const queue = kit.open();
      await queue.put(['kept']);
      const signal = AbortSignal.abort();
      const [settled] = await Promise.allSettled([(async () => queue.reserve(1, { waitMs: 100, signal }))()]);
      if (settled.status === 'fulfilled') expect(settled.value).toEqual([]);
      else expect(settled.reason).toMatchObject({ name: 'AbortError' });
      await expectCounts(queue, { ready: 1, leased: 0 });
    });
  });
}
