import { describe, expect, type TestContext, test } from 'vitest';
import type { HistoryKeep, Joins } from '../../contracts/queue.js';
import { eventually, expectCode, expectCounts, type Kit, type KitQueue, numbers, slowTest } from './kit.js';

const LONG_MS = 60_000;

/** What became of one, kept for a minute. */
function done(id: string, more: Partial<HistoryKeep<unknown>> = {}): HistoryKeep<unknown> {
  return {
    id,
    kind: 'x',
    ok: true,
    at: Date.now(),
    error: null,
    value: `${id} done`,
    forMs: LONG_MS,
    ...more,
  };
}

/** Skips the test where the queue holds nothing; it has to say so. */
async function joinsOf(queue: KitQueue, context: TestContext): Promise<Joins<unknown>> {
  if (queue.supports.joins) return queue.joins ?? expect.fail('supports says joins, and there are none');
  if (queue.joins !== undefined)
    await expectCode(() => queue.joins!.hold([{ id: 'a', value: 1, after: [] }]), 'ERR_UNSUPPORTED');
  return context.skip('the queue holds nothing');
}

/** Those that are let go of, and forgotten then. */
async function taken(joins: Joins<unknown>): Promise<string[]> {
  const ids = (await joins.joined(100, LONG_MS)).map(({ id }) => id);
  await joins.release(ids);
  return ids.sort();
}

export function describeJoins(kit: Kit): void {
  describe('values after others', () => {
    test('one is held until all before it have arrived, and has what became of them in its order', async (context) => {
      const queue = kit.open();
      const joins = await joinsOf(queue, context);
      await joins.hold([
        { id: 'c', value: { n: 3n }, after: ['b', 'a'] },
        { id: 'd', value: 'd', after: ['c'] },
        { id: 'free', value: undefined, after: [] },
      ]);
      expect(await taken(joins)).toEqual(['free']);
      expect((await joins.awaited(10)).sort()).toEqual(['a', 'b']);
      expect((await joins.holds(['a', 'c', 'd', 'free'])).sort()).toEqual(['c', 'd']);
      expect(await joins.arrive([done('other')])).toBe(false);
      expect(await joins.arrive([done('a', { value: { deep: [1] } })])).toBe(true);
      expect(await joins.joined(10, LONG_MS)).toEqual([]);
      expect(await joins.arrive([done('b')])).toBe(true);
      expect(await joins.joined(10, LONG_MS)).toEqual([
        {
          id: 'c',
          value: { n: 3n },
          before: [
            { id: 'b', ok: true, value: 'b done' },
            { id: 'a', ok: true, value: { deep: [1] } },
          ],
        },
      ]);
      await joins.release(['c', 'd']);
      expect(await joins.holds(['c', 'd'])).toEqual([]);
      expect(await joins.awaited(10)).toEqual([]);
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('it may have arrived before, and what arrived first counts', async (context) => {
      const joins = await joinsOf(kit.open(), context);
      await joins.arrive([done('a', { value: 'first' })]);
      await joins.hold([{ id: 'b', value: 1, after: ['a', 'c'] }]);
      await joins.arrive([done('a', { value: 'second', ok: false }), done('c')]);
      const [joined] = await joins.joined(10, LONG_MS);
      expect(joined!.before.map(({ value }) => value)).toEqual(['first', 'c done']);
      // Holding it again changes nothing.
      await joins.hold([{ id: 'b', value: 2, after: ['never'] }]);
      expect(await joins.joined(10, LONG_MS)).toEqual([]);
      expect(await joins.awaited(10)).toEqual([]);
    });

    test('a failure lets go of one at once, and of one that goes on when all have ended', async (context) => {
      const joins = await joinsOf(kit.open(), context);
      await joins.hold([
        { id: 'strict', value: 1, after: ['slow', 'bad'] },
        { id: 'lenient', value: 2, after: ['slow', 'bad'], goesOn: true },
      ]);
      await joins.arrive([done('bad', { ok: false, error: 'Error: no', value: 'why' })]);
      expect((await joins.joined(10, LONG_MS)).map(({ id, before }) => [id, before])).toEqual([
        ['strict', [{ id: 'bad', ok: false, value: 'why' }]],
      ]);
      await joins.release(['strict']);
      await joins.arrive([done('slow')]);
      const [lenient] = await joins.joined(10, LONG_MS);
      expect(lenient).toMatchObject({
        id: 'lenient',
        before: [
          { id: 'slow', ok: true },
          { id: 'bad', ok: false },
        ],
      });
    });

    test('one that was joined and not released comes again, and to one caller at a time', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      const joins = await joinsOf(queue, context);
      const other = kit.open(name).joins!;
      await joins.hold(numbers(40).map((n) => ({ id: `j${n}`, value: n, after: [] })));
      const [some, others] = await Promise.all([joins.joined(40, 500), other.joined(40, 500)]);
      const ids = [...some, ...others].map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(0);
      await joins.release(ids.slice(1));
      await eventually(async () =>
        expect((await other.joined(40, LONG_MS)).map(({ id }) => id)).toContain(ids[0]),
      );
    });

    test('holding and arriving at the same time misses nothing', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      const joins = await joinsOf(queue, context);
      const other = kit.open(name).joins!;
      await other.holds(['x']);
      for (const round of numbers(30)) {
        const ids = numbers(4).map((n) => `r${round}-${n}`);
        const held = ids.map((id) => ({ id: `after ${id}`, value: id, after: [id, `r${round}-0`] }));
        const arrivals = ids.map((id, n) => (n % 2 === 0 ? other : joins).arrive([done(id)]));
        await Promise.all([joins.hold(held), ...arrivals]);
        expect(await taken(joins)).toEqual(held.map(({ id }) => id).sort());
      }
    });

    test('many wait for one, and one for many', async (context) => {
      const joins = await joinsOf(kit.open(), context);
      const ids = numbers(300).map((n) => `n${n}`);
      await joins.hold([
        ...ids.map((id) => ({ id, value: id, after: ['root'] })),
        { id: 'leaf', value: 0, after: ids },
      ]);
      expect(await joins.awaited(10)).toEqual(['root']);
      await joins.arrive([done('root')]);
      const found = (await joins.joined(1_000, LONG_MS)).map(({ id }) => id);
      expect(found.sort()).toEqual([...ids].sort());
      await joins.release(found);
      await joins.arrive(ids.map((id) => done(id)));
      const [leaf] = await joins.joined(10, LONG_MS);
      expect(leaf!.before.map(({ id }) => id)).toEqual(ids);
    });

    slowTest(
      'processes that are killed in the middle lose no value, and leave none held',
      async (context) => {
        const queue = kit.open();
        const joins = await joinsOf(queue, context);
        if (!queue.supports.shared) return context.skip('the queue is of one process');
        for (const round of numbers(3)) {
          const ids = numbers(50).map((n) => `k${round}-${n}`);
          await joins.hold(ids.map((id) => ({ id: `after ${id}`, value: id, after: [id, `all${round}`] })));
          const arriver = await kit.start(queue, { kind: 'arrive', ids });
          await eventually(async () => expect((await joins.awaited(100)).length).toBeLessThan(45));
          await arriver.kill();
          // What it was doing is done again by another, as its lease of the job has ended.
          await joins.arrive([...ids, `all${round}`].map((id) => done(id)));
          expect(await joins.awaited(100)).toEqual([]);
          expect(await taken(joins)).toEqual(ids.map((id) => `after ${id}`).sort());
        }
      },
    );

    test('`destroy` leaves nothing of it', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      const joins = await joinsOf(queue, context);
      await joins.hold([{ id: 'a', value: 1, after: ['b'] }]);
      await queue.destroy();
      const again = kit.open(name).joins!;
      expect(await again.holds(['a'])).toEqual([]);
      expect(await again.awaited(10)).toEqual([]);
    });
  });
}
