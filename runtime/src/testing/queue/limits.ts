import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { QueueLimit } from '../../contracts/queue.js';
import { drawsOf } from './draws.js';
import {
  declared,
  eventually,
  expectCode,
  expectCounts,
  expectNothing,
  type Kit,
  type KitQueue,
  numbers,
  punctualTest,
  reserveSome,
  slowTest,
} from './kit.js';
import { readLog } from './log.js';

const ONE: QueueLimit = { atOnce: 1 };
const RATED: QueueLimit = { atOnce: 1, rate: { most: 1, perMs: 60_000 } };
const PROCESSES = 3;
const KILLS = 3;
/** Longer than what a busy machine needs between two lines of a test. */
const PER_MS = 1_500;

export function describeLimits(kit: Kit): void {
  /** Skips the test unless the queue has them. */
  const open = async (context: { skip(note: string): void }, queue = kit.open()): Promise<KitQueue> => {
    if (!queue.supports.limits) context.skip('the queue keeps to no limits');
    return queue;
  };

  describe('limits', () => {
    test('a queue that keeps to no limits refuses them', async () => {
      const queue = kit.open();
      await declared(queue, 'limits', [
        () => queue.put('x', { limitKeys: ['a'] }),
        () => queue.reserve(1, { limit: ONE }),
      ]);
      if (queue.supports.limits === 'atOnce')
        await expectCode(() => queue.reserve(1, { limit: RATED }), 'ERR_UNSUPPORTED');
      if (!queue.supports.limits) await expectCounts(queue, { ready: 0 });
    });

    test('of a key, `reserve` hands out as many as its limit says, and what is behind them', async (context) => {
      const queue = await open(context);
      await queue.put(['a1', 'a2', 'a3', 'b1'], { limitKeys: ['a', 'a', 'a', 'b'] });
      await queue.put('free');
      const first = await queue.reserve(10, { limit: ONE });
      expect(first.map(({ value }) => value)).toEqual(['a1', 'b1', 'free']);
      expect(first.map(({ isLimited = false }) => isLimited)).toEqual([true, true, false]);
      expect(await queue.reserve(10, { limit: ONE })).toEqual([]);
      await expectCounts(queue, { ready: 2, leased: 3 });
      const [second] = await queue.reserve(10, { limit: { atOnce: 2 } });
      expect(second?.value).toBe('a2');
      await queue.ack([...first, second!]);
      const [third] = await queue.reserve(10, { limit: ONE });
      expect(third?.value).toBe('a3');
      await queue.ack([third!]);
    });

    test('who waits is handed the next of a key when the one before is acknowledged', async (context) => {
      const queue = await open(context);
      await queue.put(['a1', 'a2'], { limitKeys: ['a', 'a'] });
      const [first] = await queue.reserve(2, { limit: ONE });
      const waiting = queue.reserve(2, { limit: ONE, waitMs: 10_000 });
      await sleep(50);
      await queue.ack([first!]);
      expect((await waiting).map(({ value }) => value)).toEqual(['a2']);
    });

    test('of a key, a higher priority comes first', async (context) => {
      const queue = await open(context);
      if (!queue.supports.priority) return context.skip('the queue knows no priorities');
      await queue.put(['low', 'usual'], { limitKeys: ['a', 'a'] });
      await queue.put('high', { limitKeys: ['a'], priority: 5 });
      const values: unknown[] = [];
      for (let count = 0; count < 3; count += 1) {
        const [lease] = await queue.reserve(5, { limit: ONE });
        values.push(lease?.value);
        await queue.ack([lease!]);
      }
      expect(values).toEqual(['high', 'low', 'usual']);
    });

    test('what is given back, withdrawn or dead is out no longer, and keeps its key and its place', async (context) => {
      const queue = await open(context);
      const [, , gone = ''] = await queue.put(['a1', 'a2', 'a3', 'a4'], { limitKeys: ['a', 'a', 'a', 'a'] });
      const next = async () => (await queue.reserve(5, { limit: ONE }))[0]!;
      const [first] = await queue.reserve(5, { limit: ONE });
      await queue.nack([first!], { refund: true });
      const again = await next();
      expect([again.value, again.attempt, again.isLimited]).toEqual(['a1', 1, true]);
      expect(await queue.nack([again], { dead: true })).toEqual(['ok']);
      await queue.ack([await next()]);
      const third = await next();
      expect(third.value).toBe('a3');
      if (queue.supports.withdraw) await queue.withdraw!([gone]);
      else await queue.ack([third]);
      expect((await next()).value).toBe('a4');
    });

    test('a value without a key gets one as it is given back', async (context) => {
      const queue = await open(context);
      await queue.put(['a1', 'a2', 'b1']);
      const leases = await queue.reserve(3, { limit: ONE });
      expect(leases).toHaveLength(3);
      await queue.nack(leases.slice(0, 2), { refund: true, limitKey: 'a' });
      await queue.nack(leases.slice(2), { refund: true, limitKey: 'b' });
      const limited = await queue.reserve(3, { limit: ONE });
      expect(limited.map(({ value, attempt }) => [value, attempt])).toEqual([
        ['a1', 1],
        ['b1', 1],
      ]);
    });

    test('a lease whose permit was given back counts no longer, and comes before others when it takes it again', async (context) => {
      const queue = await open(context);
      await queue.put(['a1', 'a2', 'a3'], { limitKeys: ['a', 'a', 'a'] });
      const [first] = await queue.reserve(1, { limit: ONE });
      expect(await queue.permit!(first!, 'give', ONE)).toBe(true);
      const [second] = await queue.reserve(5, { limit: ONE });
      expect(second?.value).toBe('a2');
      expect(await queue.permit!(first!, 'take', ONE)).toBe(false);
      await queue.ack([second!]);
      // It was there before.
      expect(await queue.reserve(5, { limit: ONE })).toEqual([]);
      expect(await queue.permit!(first!, 'take', ONE)).toBe(true);
      expect(await queue.reserve(5, { limit: ONE })).toEqual([]);
      await queue.ack([first!]);
      expect(await queue.permit!(first!, 'take', ONE)).toBe(false);
      expect((await queue.reserve(5, { limit: ONE })).map(({ value }) => value)).toEqual(['a3']);
    });

    slowTest(
      'a rate counts what began, from when it began, and what never began not at all',
      async (context) => {
        const queue = await open(context);
        if (queue.supports.limits !== true) return context.skip('the queue keeps to no rate');
        const limit = { atOnce: 10, rate: { most: 2, perMs: PER_MS } };
        await queue.put(['a1', 'a2', 'a3', 'a4'], { limitKeys: ['a', 'a', 'a', 'a'] });
        await queue.put('b1', { limitKeys: ['b'] });
        const [first, second, other, ...more] = await queue.reserve(10, { limit });
        expect([first, second, other].map((lease) => lease?.value)).toEqual(['a1', 'a2', 'b1']);
        expect(more).toEqual([]);
        await queue.nack([second!], { refund: true });
        const [again] = await queue.reserve(10, { limit });
        expect(again?.value).toBe('a2');
        await sleep(PER_MS / 2);
        const beganAt = performance.now();
        expect(await queue.permit!(first!, 'began', limit)).toBe(true);
        await queue.ack([first!]);
        expect(await queue.permit!(again!, 'began', limit)).toBe(true);
        const next = await reserveWithin(queue, limit, 10_000);
        expect(performance.now() - beganAt).toBeGreaterThan(PER_MS - 2);
        expect(next.value).toBe('a3');
        await queue.ack([again!, next]);
      },
    );

    punctualTest('the places of a holder whose leases have ended are free', async (context) => {
      const queue = await open(context, kit.openBrief());
      await queue.put(['a1', 'a2'], { limitKeys: ['a', 'a'] });
      const [first] = await queue.reserve(5, { limit: ONE });
      expect(first?.value).toBe('a1');
      const lease = await reserveWithin(queue, ONE, kit.backWithinMs);
      expect([lease.value, lease.attempt]).toEqual(['a1', 2]);
    });

    slowTest(
      'processes that are killed at random never have more of a key than its limit',
      async (context) => {
        const queue = await open(context, kit.openBrief());
        if (!queue.supports.shared) return context.skip('the queue is of one process');
        const folder = mkdtempSync(`${tmpdir()}/mproc-kit-`);
        try {
          const log = `${folder}/log.jsonl`;
          const values = numbers(60).map((n) => `${'abc'[n % 3]}:${n}`);
          await queue.put(values, { limitKeys: values.map((value) => value[0]!) });
          await workAndDie(kit, queue, log);
          expectWithinLimits(log, queue.supports.dead ? await dead(queue) : [], values);
        } finally {
          await kit.cleanUpProcesses();
          rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
        }
      },
    );

    test('nothing of it is left in a queue that is destroyed and made anew', async (context) => {
      const name = kit.freshName();
      const queue = await open(context, kit.open(name));
      const limit = queue.supports.limits === true ? RATED : ONE;
      await queue.put('a1', { limitKeys: ['a'] });
      await reserveSome(queue);
      await queue.destroy();
      const anew = kit.open(name);
      await anew.put('a1', { limitKeys: ['a'] });
      expect(await anew.reserve(1, { limit })).toHaveLength(1);
      await expectNothing(anew);
    });
  });
}

async function reserveWithin(queue: KitQueue, limit: QueueLimit, withinMs: number) {
  const [lease] = await eventually(async () => {
    const leases = await queue.reserve(1, { limit, waitMs: 500 });
    expect(leases).toHaveLength(1);
    return leases;
  }, withinMs);
  return lease!;
}

async function dead(queue: KitQueue): Promise<string[]> {
  return (await queue.dead.getAll()).map(({ value }) => String(value));
}

async function workAndDie(kit: Kit, queue: KitQueue, log: string): Promise<void> {
  const draw = drawsOf('limits');
  const work = () => kit.start(queue, { kind: 'limited', log, batch: 4, atOnce: 1 });
  const working = await Promise.all(numbers(PROCESSES).map(work));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(100 + draw() * 200);
    await working.shift()!.kill();
    working.push(await work());
  }
  await eventually(async () => {
    // One that has failed says so.
    for (const one of working) if (one.isGone) await one.stop();
    expect(await queue.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
  }, 60_000);
  await kit.stopProcesses();
}

/** One at once of each key, by the clock of the machine: what a killed process held was its own until then. */
function expectWithinLimits(log: string, dead: readonly string[], values: readonly string[]): void {
  const lines = readLog(log);
  const ends = lines.flatMap((line) => (line.step === 'end' ? [line] : []));
  const takes = lines.flatMap((line) => (line.step === 'take' ? [line] : []));
  const done = new Set(ends.map(({ value }) => value));
  expect(values.filter((value) => !done.has(value) && !dead.includes(value))).toEqual([]);
  for (const key of ['a', 'b', 'c']) {
    const own = takes.filter(({ value }) => value.startsWith(key));
    for (const [index, { at }] of own.entries()) {
      const before = own.slice(0, index).filter((take) => take.at <= at);
      // Every one before has ended by then, or never: its process was killed. Or its lease has, which a busy machine may not notice.
      const open = before.filter(
        (take) =>
          take.deadline > at &&
          ends.some((end) => end.value === take.value && end.pid === take.pid && end.at > at),
      );
      expect(open).toEqual([]);
    }
  }
}
