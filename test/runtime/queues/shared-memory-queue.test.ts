import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  SharedMemoryQueue,
  type SharedMemoryQueueOptions,
  sharedMemoryQueue,
} from '../../../runtime/src/queues/index.js';
import {
  CELL,
  HEADER,
  MAX_PARTICIPANTS,
  PARTICIPANT,
  QUEUE_SEGMENT,
} from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { queuePath } from '../../../runtime/src/queues/shared-memory/queue-name.js';
import { filesOf, lookInside } from './queue-inside.js';

const opened: SharedMemoryQueue[] = [];
const planted: string[] = [];

afterEach(async () => {
  for (const queue of opened.splice(0)) await queue.destroy().catch(() => {});
  for (const path of planted.splice(0)) rmSync(path, { recursive: true, force: true });
});

function freshName(): string {
  return `test-${process.pid}-${randomBytes(4).toString('hex')}`;
}

function open<T>(name: string | undefined, options?: SharedMemoryQueueOptions): SharedMemoryQueue<T> {
  const queue = new SharedMemoryQueue<T>(name, options);
  opened.push(queue);
  return queue;
}

function expectRefused(name: string, code: string): void {
  expect(() => new SharedMemoryQueue(name)).toThrow(expect.objectContaining({ code }));
}

describe('its cells', () => {
  const untakenFrom = (name: string) => {
    const segment = openQueueFile(name, 0, false);
    const from = segment.words[HEADER.word.untakenFrom]!;
    const cells = segment.words.subarray(segment.at.word.cells);
    const isTouched = cells.subarray(from * CELL.lengthWords).some((word) => word !== 0);
    segment.detach();
    return { from, isTouched };
  };

  test('are touched when the first value comes to them, and used again before others are', async () => {
    const name = freshName();
    const queue = open<string>(name, { memoryBytes: 4 * 1_048_576 });
    expect(untakenFrom(name)).toEqual({ from: 0, isTouched: false });
    // Too long for one cell.
    const values = ['a', 'b'.repeat(300), 'c', 'd'];
    await queue.put(values);
    const { from, isTouched } = untakenFrom(name);
    expect({ from, isTouched }).toEqual({ from: 4 + 3, isTouched: false });
    for (let round = 0; round < 3; round += 1) {
      const deliveries = await queue.reserve(4);
      expect(deliveries.map(({ value }) => value)).toEqual(values);
      await queue.ack(deliveries);
      await queue.put(values);
      expect(untakenFrom(name)).toEqual({ from, isTouched: false });
    }
  });
});

describe('its file', () => {
  test.each([0o000, 0o022, 0o777])('has mode 0600 under umask %o', async (mask) => {
    const name = freshName();
    const old = process.umask(mask);
    try {
      await open(name).put(['x'.repeat(3_000_000)]);
    } finally {
      process.umask(old);
    }
    const files = filesOf(name);
    expect(files).toHaveLength(2);
    for (const file of files) expect(statSync(`/dev/shm/${file}`).mode & 0o777).toBe(0o600);
  });

  test('is refused when it is a link, a folder, open to others, or of another user', () => {
    const target = `/dev/shm/target-${process.pid}`;
    writeFileSync(target, Buffer.alloc(65_536), { mode: 0o600 });
    const plant: Record<string, (path: string) => void> = {
      link: (path) => symlinkSync(target, path),
      dangling: (path) => symlinkSync('/dev/shm/nowhere', path),
      folder: (path) => mkdirSync(path),
      open: (path) => {
        writeFileSync(path, Buffer.alloc(65_536));
        chmodSync(path, 0o644);
      },
      empty: (path) => writeFileSync(path, '', { mode: 0o600 }),
      odd: (path) => writeFileSync(path, 'odd', { mode: 0o600 }),
    };
    if (process.geteuid?.() === 0)
      plant.foreign = (path) => {
        writeFileSync(path, Buffer.alloc(65_536), { mode: 0o600 });
        chownSync(path, 12_345, 12_345);
      };
    planted.push(target);
    for (const [kind, make] of Object.entries(plant)) {
      const name = `${freshName()}-${kind}`;
      make(queuePath(name));
      planted.push(queuePath(name));
      expectRefused(name, 'ERR_SEGMENT_UNSAFE');
    }
    expect(statSync(target).size).toBe(65_536);
  });

  test('is refused when it holds no queue, or one of another version', async () => {
    const name = freshName();
    writeFileSync(queuePath(name), Buffer.alloc(65_536), { mode: 0o600 });
    planted.push(queuePath(name));
    expectRefused(name, 'ERR_SEGMENT_CORRUPT');

    const other = freshName();
    open(other);
    const segment = openQueueFile(other, 0, false);
    segment.words[HEADER.word.version] = 99;
    expectRefused(other, 'ERR_SEGMENT_VERSION');
    segment.words[HEADER.word.version] = QUEUE_SEGMENT.version;
    segment.words[HEADER.word.cellCount] = 1_000_000;
    expectRefused(other, 'ERR_SEGMENT_CORRUPT');
    segment.detach();
  });

  test('cut short, it is a typed error and no crash, for those that have it open too', async () => {
    const name = freshName();
    const queue = open(name);
    await queue.put([1]);
    truncateSync(queuePath(name), 8_192);
    await expect(queue.put([2])).rejects.toMatchObject({ code: 'ERR_SEGMENT_CORRUPT' });
    await expect(queue.reserve(1)).rejects.toMatchObject({ code: 'ERR_SEGMENT_CORRUPT' });
    expectRefused(name, 'ERR_SEGMENT_CORRUPT');
    await queue.close();
  });

  test('names that could lead elsewhere are refused', () => {
    for (const name of ['', '../x', 'a/b', 'a~b', 'ü', 'x'.repeat(101)])
      expectRefused(name, 'ERR_QUEUE_NAME');
  });

  test('without `create`, a queue that does not exist is not made', () => {
    const name = freshName();
    expect(() => SharedMemoryQueue.open(name, { create: false })).toThrow(
      expect.objectContaining({ code: 'ERR_QUEUE_NOT_FOUND' }),
    );
    expect(filesOf(name)).toEqual([]);
  });
});

describe('its room', () => {
  test('a batch that does not fit is refused whole, and fits again when others are gone', async () => {
    const queue = open<number>(undefined, { memoryBytes: 65_536 });
    const batch = Array.from({ length: 50 }, (_, index) => index);
    let batches = 0;
    const fill = async () => {
      for (;;) {
        await queue.put(batch);
        batches += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject({ name: 'QueueFullError', code: 'ERR_QUEUE_FULL' });
    expect(await queue.size()).toBe(batches * 50);
    expect(await queue.ack(await queue.reserve(50))).toHaveLength(50);
    await queue.put(batch);
    expect(await queue.size()).toBe(batches * 50);
  });

  test('values of every length around the borders of cells come back whole', async () => {
    const queue = open<string>(undefined, { memoryBytes: 2 ** 20 });
    for (let length = 0; length < 700; length += 1) {
      const value = 'é'.repeat(length % 7) + 'x'.repeat(length);
      await queue.put([value], { dedupeKey: `key-${length}` });
      const [lease] = await queue.reserve(1);
      expect(lease?.value).toBe(value);
      await queue.ack([lease!]);
    }
    expect(await queue.counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
  });

  test('a value larger than the whole queue goes through, by a file that is gone after it', async () => {
    const name = freshName();
    const queue = open<string>(name, { memoryBytes: 65_536 });
    const value = 'x'.repeat(5_000_000);
    await queue.put([value, 'small']);
    expect(filesOf(name)).toHaveLength(2);
    const [large, small] = await queue.reserve(2);
    expect(large?.value === value && small?.value === 'small').toBe(true);
    await queue.ack([large!, small!]);
    expect(filesOf(name)).toHaveLength(1);
  });

  test('clearing, emptying, burying and destroying remove the files of large values too', async () => {
    const name = freshName();
    const queue = open<string>(name, { memoryBytes: 65_536 });
    const large = 'x'.repeat(100_000);
    await queue.put([large]);
    await queue.clear();
    await queue.put([large]);
    expect(await queue.getAll({ empty: true })).toEqual([large]);
    await queue.put([large]);
    await queue.nack(await queue.reserve(1), { dead: true });
    await queue.dead.clear();
    expect(filesOf(name)).toHaveLength(1);
    await queue.put([large]);
    await queue.destroy();
    expect(filesOf(name)).toEqual([]);
  });

  test.each(['close', 'destroy'] as const)(
    'a private queue leaves no files of large values at its %s, whatever it still holds',
    async (end) => {
      const queue = new SharedMemoryQueue<string>(undefined, { memoryBytes: 65_536 });
      const large = 'x'.repeat(100_000);
      await queue.put([large, large, large]);
      const [dead, leased] = await queue.reserve(2);
      await queue.nack([dead!], { dead: true });
      expect(leased?.value).toBe(large);
      expect(filesOf(queue.name)).toHaveLength(3);
      await queue[end]();
      expect(filesOf(queue.name)).toEqual([]);
    },
  );

  test('counters go on past 2^31 and 2^32', async () => {
    for (const start of [2 ** 31 - 5, 2 ** 32 - 5]) {
      const name = freshName();
      const queue = open<number>(name, { memoryBytes: 65_536 });
      const segment = openQueueFile(name, 0, false);
      segment.floats[HEADER.byte.nextSequence / 8] = start;
      segment.floats[HEADER.byte.nextToken / 8] = start;
      segment.words[HEADER.word.lock] = (0x7fffe000 + (start > 2 ** 31 ? 0x80000000 : 0)) | 0;
      segment.words[HEADER.word.generation] = 0x7fffffff;
      segment.words[HEADER.word.eventCount] = start - 2;
      // Of all entries but the first, which this connection has already.
      for (let index = 1; index < MAX_PARTICIPANTS; index += 1)
        segment.words[
          segment.at.word.participants + index * PARTICIPANT.lengthWords + PARTICIPANT.word.incarnation
        ] = start + 4;
      segment.detach();
      const values = Array.from({ length: 12 }, (_, index) => index);
      const ids = new Set<string>();
      for (const value of values) for (const id of await queue.put([value])) ids.add(id);
      expect(ids.size).toBe(12);
      const leases = await queue.reserve(12);
      expect(leases.map((lease) => lease.value)).toEqual(values);
      expect(new Set(leases.map((lease) => lease.token)).size).toBe(12);
      expect(await queue.ack(leases)).toEqual(values.map(() => 'ok'));
      for (const value of values) {
        const other = open<number>(name);
        const waiting = other.reserve(1, { waitMs: 60_000 });
        await queue.put(value);
        expect((await waiting).map((lease) => lease.value)).toEqual([value]);
        await other.close();
        expect(await queue.pop()).toBe(value);
      }
      expect(lookInside(name).usedCells).toBe(0);
    }
  });
});

describe('its options', () => {
  test.each([
    [{ leaseMs: 0 }, /leaseMs/],
    [{ maxAttempts: 0 }, /maxAttempts/],
    [{ memoryBytes: 1 }, /memoryBytes/],
    [{ lockTimeoutMs: Number.NaN }, /lockTimeoutMs/],
  ])('%j is refused by name', (options, message) => {
    expect(() => new SharedMemoryQueue(undefined, options)).toThrow(message);
    expect(() => new SharedMemoryQueue(undefined, options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });

  test('what an operation is given is checked', async () => {
    const queue = open<unknown>(undefined);
    const refused = [
      queue.put([1], { priority: 1.5 }),
      queue.put([1], { delayMs: -1 }),
      queue.put([1], { dedupeKey: '' }),
      queue.reserve(-1),
      queue.reserve(1, { waitMs: Number.NaN }),
      queue.extend([], 0),
      queue.at(-1),
    ];
    for (const outcome of await Promise.allSettled(refused))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_OPTION' } });
    await expect(queue.put([() => {}])).rejects.toMatchObject({ code: 'ERR_VALUE' });
    expect(await queue.size()).toBe(0);
  });

  test('a prefix keeps the queues of one project apart from those of others', async () => {
    const limits = { leaseMs: 1_000, maxAttempts: 3 };
    const name = `apart-${process.pid}`;
    const ours = await sharedMemoryQueue({ prefix: 'ours.', memoryBytes: 65_536 })(name, limits);
    const theirs = await sharedMemoryQueue({ memoryBytes: 65_536 })(name, limits);
    try {
      await ours.put(1);
      expect([ours.name, theirs.name]).toEqual([`ours.${name}`, name]);
      expect([await ours.size(), await theirs.size()]).toEqual([1, 0]);
    } finally {
      for (const queue of [ours, theirs]) await queue.destroy();
    }
    expect(() => sharedMemoryQueue({ prefix: 5 as never })).toThrow(/option prefix must be a text/);
  });
});
