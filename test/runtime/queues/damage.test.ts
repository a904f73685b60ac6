import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { Lease } from '../../../runtime/src/contracts/queue.js';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { CELL, HEADER, QUEUE_SEGMENT } from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import type { QueueSegment } from '../../../runtime/src/queues/shared-memory/queue-segment.js';
import type { Random } from '../../chaos/fuzz/random.js';
import { seeded } from '../../seeded.js';
import { filesOf } from './queue-inside.js';

interface Sealed {
  readonly text: string;
  readonly hash: string;
}

const CODES = new Set(['ERR_SEGMENT_CORRUPT', 'ERR_QUEUE_FULL', 'ERR_QUEUE_CLOSED', 'ERR_LOCK_TIMEOUT']);
let queue: SharedMemoryQueue<Sealed>;
let segment: QueueSegment;
/** Of `useAll`, whatever the number. */
const OPERATIONS = 6;
let rounds = 0;

afterEach(async () => {
  segment.detach();
  await queue.destroy();
});

function openAnew(): void {
  rounds += 1;
  const name = `damage-${process.pid}-${rounds}`;
  queue = new SharedMemoryQueue(name, { memoryBytes: 131_072, leaseMs: 50, lockTimeoutMs: 300 });
  segment = openQueueFile(name, 0, false);
}

function seal(number: number): Sealed {
  const text = `${number}`.repeat(1 + (number % 60));
  return { text, hash: createHash('sha1').update(text).digest('hex') };
}

function expectWhole(value: Sealed | undefined): void {
  if (value !== undefined) expect(createHash('sha1').update(value.text).digest('hex')).toBe(value.hash);
}

/** How often operations came to what: 'ok', or a code; and how often a dead letter had no value any more. */
const outcomes = new Map<string, number>();
const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

async function attempt<R>(use: () => R | Promise<R>): Promise<R | undefined> {
  try {
    const result = await use();
    count('ok');
    return result;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !CODES.has(code)) throw error;
    count(code);
    return undefined;
  }
}

/** A queue that nobody has damaged: each operation must do what it is for. */
async function useSoundly(number: number): Promise<void> {
  const before = outcomes.get('ok') ?? 0;
  await useAll(number);
  expect((outcomes.get('ok') ?? 0) - before).toBeGreaterThanOrEqual(OPERATIONS);
  await queue.put([seal(number)]);
  expect((await queue.reserve(1)).length).toBe(1);
}

async function useAll(number: number): Promise<void> {
  await attempt(() =>
    queue.put([seal(number), seal(number + 1)], { delayMs: number % 3, dedupeKey: `k${number % 9}` }),
  );
  await attempt(() => queue.put([seal(number)], { priority: number % 2 }));
  const leases = (await attempt(() => queue.reserve(3))) ?? [];
  for (const lease of leases) expectWhole(lease.value);
  const [a, ...others] = leases;
  if (a) await attempt(() => queue.nack([a]));
  await attempt(() => queue.extend(others as Lease<Sealed>[]));
  await attempt(() => queue.ack(others as Lease<Sealed>[]));
  for (const value of (await attempt(() => queue.getAll())) ?? []) expectWhole(value);
  for (const letter of (await attempt(() => queue.dead.getAll())) ?? []) {
    if (letter.value === undefined) count('dead without its value');
    expectWhole(letter.value);
  }
  if (number % 50 === 0) await attempt(() => queue.clear());
  if (number % 70 === 0) await attempt(() => queue.dead.clear());
}

/** Mostly where something is: the header, the participants, the first entries of each part. */
function randomOffset(random: Random): number {
  const part = Object.entries(QUEUE_SEGMENT.parts)[random.below(6)]!;
  const [name, { layout }] = part as [keyof typeof QUEUE_SEGMENT.parts, { layout: typeof CELL }];
  const entries = name === 'header' ? 1 : 60;
  return segment.at.byte[name] + random.below(layout.lengthBytes * entries);
}

test('random changes to its bytes give typed errors: no crash, no hang, no wrong value', async () => {
  const random = seeded('random changes to its bytes');
  openAnew();
  await useSoundly(1);
  const giveUpAt = Date.now() + 20_000;
  let number = 0;
  while (number < 2_000 && Date.now() < giveUpAt) {
    number += 1;
    for (let changes = number % 4; changes >= 0; changes -= 1)
      segment.bytes[randomOffset(random) % segment.bytes.length] = random.below(256);
    // What hangs in one of them is ended by the limit of the test.
    await useAll(number);
    if (segment.destroyed || number % 100 === 0) {
      segment.detach();
      await queue.destroy();
      openAnew();
      await useSoundly(number);
    }
  }
  console.info(`${number} rounds of damage:`, Object.fromEntries(outcomes));
  // The queue went on, and noticed what had been changed.
  expect(outcomes.get('ok')).toBeGreaterThan(number);
  expect(outcomes.get('dead without its value')).toBeGreaterThan(0);
});

test('after damage to what is derived, nothing is lost', async () => {
  openAnew();
  const values = Array.from({ length: 40 }, (_, index) => seal(index));
  await queue.put(values);
  for (const field of [
    'freeHead',
    'freeCount',
    'untakenFrom',
    'readyCount',
    'timerCount',
    'leasedCount',
  ] as const)
    segment.words[HEADER.word[field]] = 0x1234_5678;
  segment.words.fill(-7, segment.at.word.ready, segment.at.word.ready + 100);
  expect(await queue.put([seal(40)])).toHaveLength(1);
  const leases = await queue.reserve(100);
  expect(leases.map((lease) => lease.value)).toEqual([...values, seal(40)]);
});

test('a value whose bytes were changed goes to the dead letters without its value', async () => {
  openAnew();
  const [id] = await queue.put([seal(1), seal(2)]);
  const at = segment.at.byte.cells + CELL.byte.payload + 3;
  segment.bytes[at] = segment.bytes[at]! ^ 1;
  const leases = await queue.reserve(5);
  expect(leases.map((lease) => lease.value)).toEqual([seal(2)]);
  const letters = await queue.dead.getAll();
  expect(letters).toMatchObject([{ id, value: undefined, reason: expect.stringContaining('checksum') }]);
});

test('a value whose state was overwritten is found again among the dead letters', async () => {
  openAnew();
  await queue.put([seal(1), seal(2)]);
  segment.words[segment.cell(0) + CELL.word.state] = 0x55555555;
  expect((await queue.reserve(5)).map((lease) => lease.value)).toEqual([seal(2)]);
  expect((await queue.dead.getAll()).map((letter) => letter.value)).toEqual([seal(1)]);
});

function plant(kind: string, path: string): void {
  if (kind === 'pipe') execFileSync('mkfifo', [path]);
  else if (kind === 'folder') mkdirSync(path);
  else if (kind === 'link') symlinkSync('/dev/zero', path);
  else {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
  }
}

test.each(['pipe', 'folder', 'link', 'file without end'])(
  'a %s in place of a large value costs that value alone',
  async (kind) => {
    openAnew();
    await queue.put([{ ...seal(1), text: 'x'.repeat(100_000) }]);
    await queue.put([seal(2)]);
    const file = filesOf(queue.name).find((name) => name.includes('~x'));
    const path = `/dev/shm/${file}`;
    rmSync(path);
    plant(kind, path);
    try {
      expect((await queue.reserve(1)).map(({ value }) => value)).toEqual([seal(2)]);
      expect(await queue.counts()).toMatchObject({ dead: 1 });
    } finally {
      rmSync(path, { recursive: true });
    }
  },
);
