import { describe, expect, type TestContext, test } from 'vitest';
import { declared, expectCode, expectCounts, expectNothing, type Kit, takeAll } from './kit.js';
import type { KitTransaction } from './options.js';

const NOTHING = { ready: 0, delayed: 0, leased: 0, dead: 0 };

/** Begins one, or skips the test with the reason. */
function begin(kit: Kit, context: TestContext): KitTransaction | Promise<KitTransaction> {
  const { transaction } = kit.options;
  return transaction === undefined ? context.skip('the kit was given no transaction') : transaction();
}

export function describeTransactions(kit: Kit): void {
  describe('transactions of the user', () => {
    test('a client without a transaction is refused, and nothing is put', async () => {
      const queue = kit.open();
      const attempt = () => queue.put(['x'], { tx: {} });
      if (await declared(queue, 'tx', [attempt])) await expectCode(attempt, 'ERR_OPTION');
      await expectCounts(queue, NOTHING);
    });

    test('what is put in a transaction is there when it commits, and not before', async (context) => {
      const queue = kit.open();
      if (!queue.supports.tx) return context.skip('the queue knows no transactions');
      await expectNothing(queue);
      const { tx, commit } = await begin(kit, context);
      const ids = await queue.put(['first', 'second'], { tx });
      expect(new Set(ids).size).toBe(2);
      await queue.put('third', { tx, dedupeKey: 'key' });
      await expectNothing(queue);
      await commit();
      expect(await takeAll(queue, 3)).toEqual(['first', 'second', 'third']);
      await expectCounts(queue, NOTHING);
    });

    test('what is put in a transaction that rolls back never was, and its dedupe key is free', async (context) => {
      const queue = kit.open();
      if (!queue.supports.tx) return context.skip('the queue knows no transactions');
      await expectNothing(queue);
      const { tx, rollback } = await begin(kit, context);
      await queue.put(['gone'], { tx });
      await queue.put('gone too', { tx, dedupeKey: 'key' });
      await rollback();
      await expectNothing(queue);
      await expectCounts(queue, NOTHING);
      await queue.put('there', { dedupeKey: 'key' });
      expect(await takeAll(queue, 1)).toEqual(['there']);
    });
  });
}
