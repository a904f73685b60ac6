import { SharedMemoryQueue } from 'mproc-worker';
import { expect, test } from 'vitest';
import { ReplyReader } from '../../../runtime/src/pool/remote/reply-reader.js';
import { until } from '../pool/prove-pool.js';

const LEASE_MS = 300;

test('a queue of answers that others destroy again and again is made anew until it is read', async () => {
  const name = `reply-reader-${process.pid}`;
  const open = () => new SharedMemoryQueue<unknown>(name, { leaseMs: LEASE_MS });
  let queue = open();
  let destroyed = 0;
  const reopen = () => {
    queue = open();
    // A host that has looked before there was a word of the reader on it.
    if (destroyed < 5) void open().destroy();
    destroyed += 1;
    return queue;
  };
  const records: unknown[] = [];
  let missed = 0;
  const onMissed = () => {
    missed += 1;
  };
  const options = { keep: false, leaseMs: LEASE_MS, logger: console, onSeen: () => {}, onMissed };
  const reader = new ReplyReader({ queue, reopen }, options, (record) => records.push(record));
  const broken: Error[] = [];
  reader.start((error) => broken.push(error));
  try {
    await reader.announce();
    await open().destroy();
    await until(() => missed > 0);
    const answering = open();
    await answering.put('an answer');
    await until(() => records.length > 0);
    expect(records).toEqual(['an answer']);
    expect(broken).toEqual([]);
    expect(destroyed).toBeGreaterThan(5);
    expect(await answering.counts()).toMatchObject({ ready: 0 });
    await answering.close();
  } finally {
    await reader.stop();
    await queue.destroy();
  }
});
