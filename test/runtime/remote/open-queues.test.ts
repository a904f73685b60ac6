import { setTimeout as sleep } from 'node:timers/promises';
import { type Queue, SharedMemoryQueue, sharedMemoryQueue } from 'mproc-worker';
import { expect, test } from 'vitest';
import { OpenQueues } from '../../../runtime/src/pool/remote/open-queues.js';

const LEASE_MS = 200;
const READER = { version: 1, reader: 'one of them' };
const ANSWER = { version: 1, id: 'a.1.0', ok: true };

let tests = 0;
async function proveRead(prove: (queue: Queue<unknown>, isRead: () => Promise<boolean>) => Promise<void>) {
  tests += 1;
  const prefix = `open-queues-${process.pid}-${tests}.`;
  const queue = new SharedMemoryQueue<unknown>(`${prefix}answers.x`, { leaseMs: LEASE_MS });
  const openQueues = new OpenQueues(sharedMemoryQueue({ prefix }), LEASE_MS, 3);
  const { isRead, giveBack } = openQueues.borrow('answers.x');
  try {
    await prove(queue, async () => isRead());
  } finally {
    giveBack();
    await openQueues.close();
    await queue.destroy();
  }
}

test('a queue of answers is read where the word of its reader is leased', () =>
  proveRead(async (queue, isRead) => {
    await queue.put(READER);
    const leases = await queue.reserve(1);
    await queue.extend(leases, 60_000);
    await queue.put(ANSWER);
    expect(await isRead()).toBe(true);
  }));

test('a reader that has not come to its own word has some time for that', () =>
  proveRead(async (queue, isRead) => {
    await queue.put([READER, ANSWER]);
    expect(await isRead()).toBe(true);
    expect(await queue.counts()).toMatchObject({ ready: 2, leased: 0 });
    await sleep(5 * LEASE_MS);
    expect(await isRead()).toBe(false);
  }));

test.each([
  ['that has let go of its word', [READER]],
  ['that has let go of its word, while answers lie there', [READER, ANSWER]],
])('a reader %s is gone', (_, values) =>
  proveRead(async (queue, isRead) => {
    await queue.put(values);
    await queue.nack(await queue.reserve(1));
    expect(await isRead()).toBe(false);
  }),
);

test.each([
  ['nothing', []],
  ['answers alone', [ANSWER]],
])('where %s lies there, nobody reads', (_, values) =>
  proveRead(async (queue, isRead) => {
    if (values.length > 0) await queue.put(values);
    expect(await isRead()).toBe(false);
  }),
);
