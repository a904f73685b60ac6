import { describe, expect, test } from 'vitest';
import { eventually, type Kit, numbers, reserveSome, takeAll } from './kit.js';

/** What a call gave, or the error that it ended with. */
async function settled(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

export function describeServer(kit: Kit): void {
  const { server, connectTimeoutMs } = kit.options;
  if (server === undefined) return;
  if (server.isOwn === false) {
    test.skip('its server goes away (one that the environment names is left alone)', () => {});
    return;
  }
  describe('its server', () => {
    test('an engine that cannot be reached is a rejection within the connect timeout, never a hang', async () => {
      const queue = kit.openBrief();
      await queue.put(['kept']);
      await server.stop();
      try {
        for (const use of [() => queue.put(['x']), () => queue.reserve(1), () => kit.open().size()]) {
          const begin = performance.now();
          await expect((async () => use())()).rejects.toThrow();
          expect(performance.now() - begin).toBeLessThanOrEqual(connectTimeoutMs);
        }
      } finally {
        await server.start();
      }
      await eventually(() => takeAll(queue, 1, 1_000), 30_000);
    });

    test('who waits or holds a lease when the engine goes away is told within the connect timeout', async () => {
      const queue = kit.open();
      const waitingFor = kit.open();
      await queue.put(['held']);
      const leases = await reserveSome(queue);
      const waiting = settled(() => waitingFor.reserve(1, { waitMs: 60_000 }));
      await server.stop();
      try {
        const begin = performance.now();
        const acking = settled(() => queue.ack(leases));
        const outcomes = await Promise.all([waiting, acking, settled(() => queue.nack(leases))]);
        expect(performance.now() - begin).toBeLessThanOrEqual(connectTimeoutMs);
        // Nobody may believe that it is done.
        expect(outcomes).not.toContainEqual(['ok']);
      } finally {
        await server.start();
      }
    });

    test('what was put survives a restart of the server, and the queue goes on', async (context) => {
      const queue = kit.openBrief();
      if (!queue.supports.durable) return context.skip('the queue is not durable');
      await queue.put(numbers(20));
      // What was leased when it went down comes back as well.
      await reserveSome(queue, 5);
      await server.stop();
      await server.start();
      const taken = new Set<unknown>();
      await eventually(async () => {
        // Few, and at once: on a busy machine a brief lease of twenty ends before the last is acknowledged, again and again.
        const leases = await queue.reserve(4, { waitMs: 500 });
        for (const [index, outcome] of (await queue.ack(leases)).entries())
          if (outcome === 'ok') taken.add(leases[index]!.value);
        expect(taken.size).toBe(20);
      }, 30_000);
    });
  });
}
