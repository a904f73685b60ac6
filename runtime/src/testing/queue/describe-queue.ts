import { afterAll, afterEach, describe, test } from 'vitest';
import type { QueueFactory } from '../../contracts/queue.js';
import { describeBasics } from './basics.js';
import { describeCrashes } from './crashes.js';
import { describeDeadLetters } from './dead-letters.js';
import { describeHistory } from './history.js';
import { describeHostileRecords } from './hostile-records.js';
import { describeJoins } from './joins.js';
import { Kit, registerTier } from './kit.js';
import { describeLeases } from './leases.js';
import { describeLife } from './life.js';
import { describeLimits } from './limits.js';
import { type QueueKitOptions, resolveKitOptions } from './options.js';
import { describeOrder } from './order.js';
import { describePeeks } from './peeks.js';
import { describeServer } from './server.js';
import { describeTransactions } from './transactions.js';
import { describeWaiting } from './waiting.js';
import { describeWithdrawals } from './withdrawals.js';

/**
 * The behaviour that every queue owes, as Vitest tests. Call it at the top of a test file:
 *
 *     describeQueue('orders', createQueue, { module: new URL('./orders.queue.ts', import.meta.url).href });
 *
 * An ability that `supports` declares must be true, one that it does not must throw `UnsupportedError`.
 */
export function describeQueue(name: string, factory: QueueFactory, options: QueueKitOptions = {}): void {
  const resolved = resolveKitOptions(options);
  const { server, tier, testTimeoutMs } = resolved;
  if (server?.missing !== undefined) {
    console.warn(`${name} is not tested: ${server.missing}`);
    test.skip(`${name} (${server.missing})`, () => {});
    return;
  }
  describe(`queue ${name}`, { timeout: testTimeoutMs }, () => {
    registerTier(tier);
    afterAll(() => server?.remove?.(), testTimeoutMs);
    const kit = new Kit(factory, resolved);
    afterEach(() => kit.cleanUp(), testTimeoutMs);
    describeBasics(kit);
    describeOrder(kit);
    describeWaiting(kit);
    describeLeases(kit);
    describeDeadLetters(kit);
    describePeeks(kit);
    describeWithdrawals(kit);
    describeTransactions(kit);
    describeHistory(kit);
    describeLimits(kit);
    describeJoins(kit);
    describeLife(kit);
    describeHostileRecords(kit);
    if (tier === 'quick') return;
    describeCrashes(kit);
    describeServer(kit);
  });
}
