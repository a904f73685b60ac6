import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { History, HistoryKeep } from '../../contracts/queue.js';
import { withLog } from './crashes.js';
import { eventually, expectCode, expectCounts, type Kit, type KitQueue, numbers, slowTest } from './kit.js';
import { readLog } from './log.js';

const HOUR_MS = 3_600_000;
const KEEPERS = 3;

/** An entry that is kept for an hour, but for what is said. */
function entry(id: string, more: Partial<HistoryKeep<unknown>> = {}): HistoryKeep<unknown> {
  return {
    id,
    kind: 'Invoice',
    ok: true,
    at: Date.now(),
    error: null,
    value: { id },
    forMs: HOUR_MS,
    ...more,
  };
}

/** Whether the queue keeps what is done; one that does not has to refuse it. */
async function keeps(queue: KitQueue): Promise<History<unknown> | undefined> {
  if (queue.supports.history) return queue.history ?? expect.fail('supports says history, and there is none');
  if (queue.history !== undefined) {
    await expectCode(() => queue.history!.keep([entry('x')]), 'ERR_UNSUPPORTED');
    await expectCode(() => queue.history!.list(), 'ERR_UNSUPPORTED');
  }
  return undefined;
}

async function idsOf(
  history: History<unknown>,
  filter: Parameters<History<unknown>['list']>[0] = {},
): Promise<string[]> {
  return (await history.list(filter)).map(({ id }) => id);
}

export function describeHistory(kit: Kit): void {
  describe('what is done', () => {
    test('`keep` keeps it as it is, `list` gives the newest first, and the queue is not touched', async () => {
      const queue = kit.open();
      const history = await keeps(queue);
      if (history === undefined) return expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
      const value = { big: 12n, at: new Date(7), nothing: undefined, text: 'Ω\0"' };
      const failed = { ok: false, error: 'TypeError: no "such" 100%_thing' };
      await history.keep([entry('one', { at: 1_000, value }), entry('two', { at: 3_000, ...failed })]);
      await history.keep([entry('three', { at: 2_000 })]);
      expect(await idsOf(history)).toEqual(['two', 'three', 'one']);
      const [two, , one] = await history.list();
      expect(one).toEqual({ id: 'one', kind: 'Invoice', ok: true, at: 1_000, error: null, value });
      expect(two).toMatchObject({ ...failed, value: { id: 'two' } });
      await history.keep([]);
      expect(await queue.reserve(1)).toEqual([]);
      await expectCounts(queue, { ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test('what is kept under the same id takes the place of what was there', async (context) => {
      const history = (await keeps(kit.open())) ?? context.skip('the queue keeps nothing');
      await history.keep([
        entry('a', { at: 1_000, ok: false, error: 'Error: first' }),
        entry('b', { at: 2_000 }),
      ]);
      await history.keep([
        entry('a', { at: 3_000, value: 'first of two' }),
        entry('a', { at: 3_000, value: 'second' }),
      ]);
      const [a, b] = await history.list();
      expect(a).toMatchObject({ id: 'a', ok: true, error: null, at: 3_000, value: 'second' });
      expect(b!.id).toBe('b');
      expect(await history.list({ ok: false })).toEqual([]);
    });

    test('`list` filters by id, kind, success, time and error, and by all of them together', async (context) => {
      const history = (await keeps(kit.open())) ?? context.skip('the queue keeps nothing');
      const error = "TypeError: 100%_of 'it' [fails]";
      await history.keep([
        entry('a', { at: 1_000, kind: 'Resize' }),
        entry('b', { at: 2_000, ok: false, error }),
        entry('c', { at: 3_000, kind: 'Resize', ok: false, error: 'Error: other' }),
        entry('d', { at: 4_000 }),
      ]);
      expect(await idsOf(history, { ids: ['d', 'a', 'none'] })).toEqual(['d', 'a']);
      expect(await idsOf(history, { ids: [] })).toEqual([]);
      expect(await idsOf(history, { kinds: ['Resize'] })).toEqual(['c', 'a']);
      expect(await idsOf(history, { kinds: ['Resize', 'Invoice'], ok: false })).toEqual(['c', 'b']);
      expect(await idsOf(history, { ok: true })).toEqual(['d', 'a']);
      expect(await idsOf(history, { since: 2_000, until: 4_000 })).toEqual(['c', 'b']);
      expect(await idsOf(history, { error: '100%_OF' })).toEqual(['b']);
      expect(await idsOf(history, { error: '100_' })).toEqual([]);
      expect(await idsOf(history, { error: "'it' [" })).toEqual(['b']);
      expect(await idsOf(history, { limit: 3 })).toEqual(['d', 'c', 'b']);
      expect(await idsOf(history, { error: 'e', kinds: ['Resize'], since: 1, limit: 5 })).toEqual(['c']);
    });

    test('it is gone when its time is over, and beyond `most` the oldest go', async (context) => {
      const history = (await keeps(kit.open())) ?? context.skip('the queue keeps nothing');
      await history.keep([entry('brief', { forMs: 300 }), entry('long')]);
      expect((await idsOf(history)).sort()).toEqual(['brief', 'long']);
      await eventually(async () => expect(await idsOf(history)).toEqual(['long']));
      const many = numbers(20).map((at) => entry(`n${String(at).padStart(2, '0')}`, { at: Date.now() + at }));
      await history.keep(many, { most: 5 });
      const newest = ['n19', 'n18', 'n17', 'n16', 'n15'];
      await eventually(async () => expect(await idsOf(history)).toEqual(newest), 3_000);
    });

    test('of more than a thousand all are listed and filtered, and all but `most` are removed', async (context) => {
      const history = (await keeps(kit.open())) ?? context.skip('the queue keeps nothing');
      for (const from of [0, 1_000, 2_000])
        await history.keep(numbers(1_000, from).map((at) => entry(`j${at}`, { at, ok: at % 1_000 === 1 })));
      expect(await idsOf(history, { ok: true })).toEqual(['j2001', 'j1001', 'j1']);
      expect(await idsOf(history, { limit: 5_000 })).toHaveLength(3_000);
      await sleep(1_000);
      await history.keep([entry('last', { at: 9_999 })], { most: 2 });
      await eventually(async () => expect(await idsOf(history)).toEqual(['last', 'j2999']), 5_000);
    });

    test('another process sees it, and `destroy` leaves nothing of it', async (context) => {
      const name = kit.freshName();
      const queue = kit.open(name);
      const history = (await keeps(queue)) ?? context.skip('the queue keeps nothing');
      await history.keep([entry('a')]);
      await queue.close();
      const again = kit.open(name);
      expect(await idsOf(again.history!)).toEqual(['a']);
      await again.destroy();
      expect(await idsOf(kit.open(name).history!)).toEqual([]);
    });

    slowTest(
      'of processes that are killed while they keep nothing is lost that they were told is kept',
      async (context) => {
        const queue = kit.open();
        const history = (await keeps(queue)) ?? context.skip('the queue keeps nothing');
        if (!queue.supports.shared) return context.skip('the queue is of one process');
        await withLog(async (log) => {
          const start = (index: number) => kit.start(queue, { kind: 'keep', log, prefix: `p${index}` });
          const keepers = await Promise.all(numbers(KEEPERS).map(start));
          const kept = () => readLog(log).filter((line) => line.step === 'kept');
          for (const [index, keeper] of keepers.entries()) {
            await eventually(async () => expect(kept().length).toBeGreaterThan(30 * (index + 1)), 30_000);
            await keeper.kill();
          }
          const told = kept().map(({ value }) => value);
          const listed = await idsOf(history, { limit: 1_000_000 });
          expect(new Set(listed).size).toBe(listed.length);
          expect(told.filter((id) => !listed.includes(id))).toEqual([]);
          // Each may have kept two more without having written it down.
          expect(listed.length - told.length).toBeLessThanOrEqual(2 * KEEPERS);
        });
      },
    );
  });
}
