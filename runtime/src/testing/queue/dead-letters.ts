import { describe, expect, test } from 'vitest';
import {
  declared,
  eventually,
  expectCounts,
  expectInTime,
  expectNothing,
  type Kit,
  type KitQueue,
  punctualTest,
  reserveSome,
  slowTest,
  takeAll,
} from './kit.js';

async function nackUntilDead(kit: Kit, queue: KitQueue, value: unknown): Promise<void> {
  for (let attempt = 1; attempt <= kit.maxAttempts; attempt += 1) {
    const [lease] = await reserveSome(queue);
    expect([lease.value, lease.attempt]).toEqual([value, attempt]);
    expect(await queue.nack([lease])).toEqual(['ok']);
  }
}

/** It is in the dead letters, if there are any, and nowhere else. */
async function expectDead(queue: KitQueue, values: readonly unknown[], attempt: number): Promise<void> {
  await expectNothing(queue);
  if (!queue.supports.dead) return;
  await eventually(async () => {
    const letters = await queue.dead.getAll();
    expect(letters.map((letter) => letter.value)).toEqual(values);
    for (const letter of letters) {
      expect(letter.attempt).toBe(attempt);
      expect(letter.reason).not.toBe('');
    }
  });
  await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: values.length });
}

/** What it gives, or the error that it ends with. */
async function settled(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

function codeOf(settled: unknown): unknown {
  return settled instanceof Error ? (settled as Error & { code?: unknown }).code : settled;
}

export function describeDeadLetters(kit: Kit): void {
  describe('dead letters', () => {
    test('a value handed out `maxAttempts` times goes to `dead` instead of being handed out once more', async () => {
      const queue = kit.open();
      await queue.put(['poison']);
      await nackUntilDead(kit, queue, 'poison');
      await expectDead(queue, ['poison'], kit.maxAttempts);
    });

    slowTest('a value whose lease ended `maxAttempts` times is dead, and not a time sooner', async () => {
      const queue = kit.openBrief();
      await queue.put(['slow']);
      for (let attempt = 1; attempt <= kit.maxAttempts; attempt += 1) {
        const [lease] = await reserveSome(queue, 1, kit.backWithinMs);
        expect([lease.value, lease.attempt]).toEqual(['slow', attempt]);
      }
      await expectNothing(queue, kit.backWithinMs);
      await expectDead(queue, ['slow'], kit.maxAttempts);
    });

    punctualTest('failures and ended leases count alike', async () => {
      const queue = kit.openBrief();
      await queue.put(['unlucky']);
      for (let attempt = 1; attempt <= kit.maxAttempts; attempt += 1) {
        const [lease] = await reserveSome(queue, 1, kit.backWithinMs);
        expect([lease.value, lease.attempt]).toEqual(['unlucky', attempt]);
        // Every second lease is left to end.
        if (attempt % 2 === 1) expectInTime(await queue.nack([lease]), lease.deadline);
      }
      if (kit.maxAttempts % 2 === 0) await expectNothing(queue, kit.backWithinMs);
      await expectDead(queue, ['unlucky'], kit.maxAttempts);
    });

    test('a value is dead at once when its holder says so', async () => {
      const queue = kit.open();
      await queue.put(['hopeless']);
      const [lease] = await reserveSome(queue);
      const refused = [
        () => queue.nack([lease], { dead: true }),
        () => queue.dead.getAll(),
        () => queue.dead.requeue(),
        () => queue.dead.clear(),
      ];
      if (!(await declared(queue, 'dead', refused))) return;
      expect(await queue.nack([lease], { dead: true })).toEqual(['ok']);
      await expectDead(queue, ['hopeless'], 1);
    });

    test('the neighbours of a dead value live', async () => {
      const queue = kit.open();
      await queue.put(['poison', 'good']);
      for (let attempt = 1; attempt <= kit.maxAttempts; attempt += 1) {
        const leases = await reserveSome(queue, 2);
        const poison = leases.filter((lease) => lease.value === 'poison');
        expect(await queue.nack(poison)).toEqual(poison.map(() => 'ok'));
        await queue.ack(leases.filter((lease) => lease.value === 'good'));
      }
      await expectDead(queue, ['poison'], kit.maxAttempts);
    });

    test('dead letters are listed, put back as new, all or those named, and cleared', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dead) return context.skip('the queue has no dead letters');
      await queue.put(['a', 'b', 'c']);
      expect(await queue.nack(await reserveSome(queue, 3), { dead: true })).toEqual(['ok', 'ok', 'ok']);
      const letters = await queue.dead.getAll();
      expect(letters.map((letter) => letter.value).sort()).toEqual(['a', 'b', 'c']);
      expect(await queue.dead.getAll({ limit: 2 })).toHaveLength(2);
      const b = letters.find((letter) => letter.value === 'b');
      expect(await queue.dead.requeue([b!.id])).toBe(1);
      const [lease] = await reserveSome(queue);
      expect([lease.value, lease.attempt]).toEqual(['b', 1]);
      await queue.ack([lease]);
      expect(await queue.dead.requeue()).toBe(2);
      expect((await takeAll(queue, 2)).sort()).toEqual(['a', 'c']);
      expect(await queue.dead.getAll()).toEqual([]);
    });

    test('dead letters that are removed by their ids leave the others', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dead || queue.dead.remove === undefined)
        return context.skip('the queue removes all dead letters or none');
      await queue.put(['a', 'b', 'c']);
      await queue.nack(await reserveSome(queue, 3), { dead: true });
      const b = (await queue.dead.getAll()).find((letter) => letter.value === 'b');
      await queue.dead.requeue([b!.id]);
      const ids = (await queue.dead.getAll()).map(({ id }) => id);
      const removing = settled(() => queue.dead.remove!([ids[0]!, b!.id]));
      if (queue.supports.withdraw) {
        expect(await removing).toBe(1);
        expect((await queue.dead.getAll()).map(({ id }) => id)).toEqual([ids[1]]);
      } else expect([1, 'ERR_UNSUPPORTED']).toContain(codeOf(await removing));
      // It was put back before, and lives.
      expect(await takeAll(queue, 1)).toEqual(['b']);
    });

    test('clearing the dead letters leaves all else', async (context) => {
      const queue = kit.open();
      if (!queue.supports.dead) return context.skip('the queue has no dead letters');
      await queue.put(['dead']);
      await queue.nack(await reserveSome(queue), { dead: true });
      await queue.put(['alive']);
      expect(await queue.dead.clear()).toBe(1);
      expect(await queue.dead.getAll()).toEqual([]);
      expect(await takeAll(queue, 1)).toEqual(['alive']);
    });
  });
}
