import { type Lease, SharedMemoryQueue } from 'mproc-worker';
import { describe, expect, test } from 'vitest';

const MIB = 1024 * 1024;
/** An operation that waits so long does not hear that the queue has ended. */
const WAIT_MS = 3_600_000;

type Queue = SharedMemoryQueue<unknown>;

/** One of each, none of which has been waited for. */
function operations(queue: Queue, leases: readonly Lease<unknown>[]): unknown[] {
  return [
    queue.put('x'.repeat(MIB / 2)),
    queue.ack(leases),
    queue.nack(leases),
    queue.extend(leases),
    queue.counts(),
    queue.getAll(),
    queue.at(0),
    queue.clear(),
    queue.pop(),
    queue.dead.getAll(),
    queue.dead.requeue(),
    queue[Symbol.asyncIterator]().next(),
    queue.reserve(5, { waitMs: WAIT_MS }),
    queue.reserve(5, { waitMs: WAIT_MS }),
  ];
}

/** Each ends as it should, or because the queue was closed. */
async function outcomes(pending: readonly unknown[]): Promise<string[]> {
  const settled = await Promise.allSettled(pending);
  return [...new Set(settled.map((one) => (one.status === 'fulfilled' ? 'done' : one.reason.code)))];
}

const kinds = { private: undefined, named: `ended-while-pending-${process.pid}` };
const ends = { close: (queue: Queue) => queue.close(), destroy: (queue: Queue) => queue.destroy() };
const cases = Object.entries(kinds).flatMap(([kind, name]) =>
  Object.entries(ends).map(([how, end]) => [kind, how, name, end] as const),
);

describe.each(cases)('a %s queue that has ended by %s', (_kind, _how, name, end) => {
  async function withQueue(body: (queue: Queue, leases: Lease<unknown>[]) => Promise<void>): Promise<void> {
    const queue: Queue = new SharedMemoryQueue(name, { memoryBytes: MIB });
    try {
      await queue.put([1, 2, 3]);
      await body(queue, await queue.reserve(2));
    } finally {
      await queue.destroy();
    }
  }

  test('settles what was pending', () =>
    withQueue(async (queue, leases) => {
      const pending = operations(queue, leases);
      await end(queue);
      for (const outcome of await outcomes(pending)) expect(['done', 'ERR_QUEUE_CLOSED']).toContain(outcome);
      expect(await outcomes(operations(queue, leases))).toEqual(['ERR_QUEUE_CLOSED']);
    }));

  test.each(['a value that is put', 'a lease that is acknowledged'])('from a getter of %s', (which) =>
    withQueue(async (queue, leases) => {
      let ended: Promise<void> | undefined;
      const trap = <T>(value: T): T => {
        ended ??= end(queue);
        return value;
      };
      const value = {
        get number() {
          return trap(1);
        },
      };
      const lease = {
        ...leases[0]!,
        get token() {
          return trap(leases[0]!.token);
        },
      };
      const pending = [
        which.startsWith('a value') ? queue.put([value, 2]) : queue.ack([lease, leases[1]!]),
        ...operations(queue, leases),
      ];
      for (const outcome of await outcomes(pending)) expect(['done', 'ERR_QUEUE_CLOSED']).toContain(outcome);
      expect(ended).toBeDefined();
      await ended;
    }),
  );
});
