import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SharedMemoryQueue } from 'mproc-worker';
import { afterEach, expect, test } from 'vitest';
import { keyHash } from '../../../runtime/src/queues/shared-memory/dedupe.js';
import { HEADER } from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';

const HOLDER = fileURLToPath(new URL('./holding-program.mjs', import.meta.url));
const name = `dedupe-${process.pid}`;
let queue: SharedMemoryQueue<string> | undefined;

function open(leaseMs = 30_000): SharedMemoryQueue<string> {
  queue = new SharedMemoryQueue<string>(name, { memoryBytes: 131_072, leaseMs });
  return queue;
}

/** Has whoever comes next find what is derived from the values in disorder, and make it anew. */
function damageLists(): number {
  const segment = openQueueFile(name, 0, false);
  const generation = segment.words[HEADER.word.generation]!;
  segment.words[HEADER.word.freeHead] = 0x1234_5678;
  segment.words[HEADER.word.freeCount] = 0x1234_5678;
  segment.words.fill(0, segment.at.word.buckets, segment.at.word.buckets + segment.cellCount);
  segment.detach();
  return generation;
}

function generation(): number {
  const segment = openQueueFile(name, 0, false);
  try {
    return segment.words[HEADER.word.generation]!;
  } finally {
    segment.detach();
  }
}

afterEach(async () => {
  await queue?.destroy();
  queue = undefined;
});

test('two keys of one checksum are two keys', async () => {
  expect(keyHash(Buffer.from('plumless'))).toBe(keyHash(Buffer.from('buckeroo')));
  const { put, getAll } = bound(open());
  const [first] = await put(['a'], { dedupeKey: 'plumless' });
  const [second] = await put(['b'], { dedupeKey: 'buckeroo' });
  expect(second).not.toBe(first);
  expect([await put(['c'], { dedupeKey: 'plumless' }), await put(['c'], { dedupeKey: 'buckeroo' })]).toEqual([
    [first],
    [second],
  ]);
  expect(await getAll()).toEqual(['a', 'b']);
});

test('keys outlive a repair, and what has gone before it is not remembered', async () => {
  const { put, getAll, reserve, ack } = bound(open());
  const ids = await Promise.all(['k1', 'k2', 'k3'].map((dedupeKey) => put([dedupeKey], { dedupeKey })));
  const [done] = await reserve(1);
  await ack([done!]);
  const before = damageLists();
  expect(await put(['again'], { dedupeKey: 'k2' })).toEqual(ids[1]);
  // This one takes a cell from the list that was damaged.
  const [anew] = await put(['anew'], { dedupeKey: 'k1' });
  expect([anew === ids[0]![0], generation() > before]).toEqual([false, true]);
  expect(await put(['again'], { dedupeKey: 'k2' })).toEqual(ids[1]);
  expect(await put(['again'], { dedupeKey: 'k3' })).toEqual(ids[2]);
  expect(await put(['again'], { dedupeKey: 'k1' })).toEqual([anew]);
  expect(await getAll()).toEqual(['k2', 'k3', 'anew']);
});

test('what a process had leased for a minute comes back when it is killed', async () => {
  const { put, reserve } = bound(open(60_000));
  await put(['a', 'b', 'c']);
  const holder = fork(HOLDER, [name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [held] = await once(holder, 'message');
  expect([held, await reserve(3)]).toEqual([['a', 'b', 'c'], []]);
  holder.kill('SIGKILL');
  const back = [];
  // Each waits for a value as long as the lease would have been.
  while (back.length < 3) {
    const leases = await reserve(3, { waitMs: 55_000 });
    if (leases.length === 0) break;
    back.push(...leases);
  }
  expect(back.map(({ value, attempt }) => [value, attempt])).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 2],
  ]);
});

function bound(queue: SharedMemoryQueue<string>) {
  return {
    put: queue.put.bind(queue),
    getAll: queue.getAll.bind(queue),
    reserve: queue.reserve.bind(queue),
    ack: queue.ack.bind(queue),
  };
}
