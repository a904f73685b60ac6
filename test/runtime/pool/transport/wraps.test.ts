import { afterAll, describe, expect, test } from 'vitest';
import {
  kindIn,
  LAST_USE,
  lastEntry,
  RecordKind,
  recordTag,
  useIn,
} from '../../../../runtime/src/pool/protocol.js';
import { JobSlots, Lane } from '../../../../runtime/src/pool/transport/job-slots.js';
import { JobTaker } from '../../../../runtime/src/pool/transport/job-taker.js';
import {
  CHILD_BLOCK,
  CHILD_INBOX,
  POOL_HEADER,
  SHARED_WORDS,
} from '../../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../../runtime/src/pool/transport/pool-segment.js';
import { ResultReader, ResultWriter } from '../../../../runtime/src/pool/transport/result-ring.js';

const RING_BYTES = 4_096;
const ORDER_LENGTH = 16;
const SLOTS = 8;
const segment = PoolSegment.create({
  slotCount: SLOTS,
  orderLength: ORDER_LENGTH,
  childCount: 1,
  claimCount: 1,
  ringBytes: RING_BYTES,
  arenaBytes: 4_096,
});
afterAll(() => segment.close());

/** Where a position of 32 bits changes its sign, and where it begins anew. */
const BORDERS = [2 ** 31, 2 ** 32];

function setRing(position: number): void {
  segment.words[segment.inboxOf(0) + CHILD_INBOX.word.ringHead] = position | 0;
  segment.words[segment.blockOf(0) + CHILD_BLOCK.word.ringTail] = position | 0;
}

function stateBytesOf(number: number, payload: Buffer): number {
  return Math.min(number % 7, payload.length);
}

function bytesOf(number: number, lengthBytes: number): Buffer {
  return Buffer.alloc(lengthBytes, (number % 255) + 1);
}

describe('a ring of results', () => {
  /** Lengths up to the largest, so that records end at, before and beyond the end of the ring. */
  const lengths = [0, 1, 8, 100, 496, 984, 1_325];
  const USE = 77;

  test.each([0, ...BORDERS])('is read as it was written, from every offset before position %i', (border) => {
    for (let before = 8; before <= RING_BYTES; before += 8) {
      setRing(border - before);
      const writer = new ResultWriter(segment, 0);
      const reader = new ResultReader(segment, 0);
      // Three ahead of the reader, so that what is not read yet must not be written over.
      const unread: { slot: number; payload: Buffer }[] = [];
      const readOne = () => {
        const { slot, payload } = unread.shift()!;
        expect(reader.next()).toBe(true);
        expect([kindIn(reader.tag), useIn(reader.tag)]).toEqual([RecordKind.Result, USE]);
        expect([reader.job, reader.stateBytes]).toEqual([slot, stateBytesOf(slot, payload)]);
        const times = new Float64Array(2);
        expect([reader.copyTimes(times), ...times]).toEqual([true, slot, slot + 0.5]);
        const at = reader.payloadAt;
        expect(segment.bytes.subarray(at, at + reader.payloadBytes).equals(payload)).toBe(true);
        reader.release();
      };
      for (let slot = 0; slot < 12; slot += 1) {
        const payload = bytesOf(slot, lengths[(slot + before / 8) % lengths.length]!);
        while (writer.begin(payload.length) === -1) readOne();
        segment.bytes.set(payload, writer.payloadAt);
        const tag = recordTag(RecordKind.Result, USE);
        const times = Float64Array.of(slot, slot + 0.5);
        writer.commit(tag, slot, payload.length, stateBytesOf(slot, payload), times);
        unread.push({ slot, payload });
        if (unread.length > 3) readOne();
      }
      while (unread.length > 0) readOne();
      expect([reader.next(), reader.unread]).toEqual([false, 0]);
    }
  });

  test('that is full says so, and has all its room again when it is read', () => {
    setRing(BORDERS[0]! - 64);
    const writer = new ResultWriter(segment, 0);
    const reader = new ResultReader(segment, 0);
    for (let round = 0; round < 50; round += 1) {
      let count = 0;
      while (writer.begin(200) !== -1) {
        writer.commit(RecordKind.Result, count, 200, 0, new Float64Array(2));
        count += 1;
      }
      // Where the last one does not fit before the end, what is left there is lost for a while.
      expect(count).toBeGreaterThanOrEqual(Math.floor(RING_BYTES / 232) - 1);
      for (let slot = 0; slot < count; slot += 1) {
        expect(reader.next()).toBe(true);
        expect(reader.job).toBe(slot);
      }
      expect(reader.next()).toBe(false);
      reader.release();
    }
  });
});

describe('a lane of jobs', () => {
  test.each([
    [0, false],
    ...BORDERS.flatMap((border): [number, boolean][] => [
      [border, false],
      [border, true],
    ]),
  ])('is served around position %i, each job once (some taken back: %s)', (border, someTakenBack) => {
    for (const lane of [Lane.Urgent, Lane.Usual]) {
      for (let before = 0; before <= 2 * ORDER_LENGTH; before += 1) {
        const start = (border - before) | 0;
        segment.words[POOL_HEADER.word.tail + lane] = start;
        segment.words[segment.word.shared + SHARED_WORDS.word.head + lane] = start;
        const slots = new JobSlots(segment);
        const taker = new JobTaker(segment, 0);
        const free = Array.from({ length: SLOTS }, (_, slot) => slot);
        const taken: number[] = [];
        const takeOne = () => {
          const slot = taker.take();
          taken.push(taker.indexOf(slot));
          taker.release(slot);
          slots.free(slot);
          free.push(slot);
        };
        const expected: number[] = [];
        for (let index = 0; index < 100; index += 1) {
          while (free.length === 0 || !slots.hasRoom(lane)) takeOne();
          const slot = free.shift()!;
          slots.fill(slot, 0, 0, 1, 0, 1, index, 1, 0);
          slots.append(slot, lane);
          slots.publish();
          if (someTakenBack && index % 5 === 3 && slots.withdraw(slot)) free.push(slot);
          else expected.push(index);
        }
        while (slots.hasWaiting() && taken.length < expected.length) takeOne();
        // The next job in the slot of one that was taken back may have its place in the lane, too.
        if (someTakenBack) taken.sort((a, b) => a - b);
        expect(taken).toEqual(expected);
        expect(taker.take()).toBe(-1);
      }
    }
  });
});

describe('a job that waits alone', () => {
  const LANE = Lane.Usual;
  const lastWord = POOL_HEADER.word.last + LANE;

  /** Puts a job into a slot and shows it. @returns a taker that has not looked yet */
  function waitingIn(slot: number, position: number): JobTaker {
    segment.words[POOL_HEADER.word.tail + LANE] = position;
    segment.words[segment.word.shared + SHARED_WORDS.word.head + LANE] = position;
    const slots = new JobSlots(segment);
    slots.fill(slot, 0, 0, 1, 0, 1, 0, 1, 0);
    slots.append(slot, LANE);
    slots.publish();
    return new JobTaker(segment, 0);
  }

  test.each([0, 5, 2 ** 31 - 1, -(2 ** 31), -1])('is found beside the end of the lane, at %i', (position) => {
    const taker = waitingIn(6, position);
    // Not looked at: it would name another slot.
    segment.words[segment.word.order + (position & (ORDER_LENGTH - 1))] = 2;
    expect(taker.take()).toBe(6);
    taker.release(6);
    expect(taker.take()).toBe(-1);
  });

  test.each([
    ['a later end', (tail: number) => lastEntry(2, tail + 1)],
    ['an earlier end', (tail: number) => lastEntry(2, tail - 1)],
  ])('is found in the lane where what stands beside its end is of %s', (_, last) => {
    const taker = waitingIn(6, 40);
    segment.words[lastWord] = last(41);
    expect(taker.take()).toBe(6);
    taker.release(6);
  });
});

describe('a bundle of jobs', () => {
  const slots = new JobSlots(segment);
  const taker = new JobTaker(segment, 0);
  const SLOT = 3;
  const fillAndTake = () => {
    slots.fill(SLOT, 0, 0, 1, 0, 1, 0, 1, 5);
    slots.append(SLOT, Lane.Usual);
    slots.publish();
    expect(taker.take()).toBe(SLOT);
    taker.release(SLOT);
    return taker.firstTurnOf(SLOT);
  };

  test('is gone through one by one, until either side ends it', () => {
    const turn = fillAndTake();
    expect([taker.nextTurn(SLOT, turn), taker.nextTurn(SLOT, turn + 1)]).toEqual([true, true]);
    expect(taker.nextTurn(SLOT, turn)).toBe(false);
    expect(slots.cutBundle(SLOT)).toBe(2);
    expect(slots.cutBundle(SLOT)).toBe(2);
    expect([taker.nextTurn(SLOT, turn + 2), taker.endBundle(SLOT, turn + 2)]).toEqual([false, false]);
    expect([slots.isLastTurn(SLOT, 2), slots.isLastTurn(SLOT, 1)]).toEqual([true, false]);
  });

  test('that the parent ended before its child looked at it goes no further', () => {
    const turn = fillAndTake();
    expect(slots.cutBundle(SLOT)).toBe(0);
    expect([taker.nextTurn(SLOT, turn), taker.endBundle(SLOT, turn)]).toEqual([false, false]);
    expect(slots.isLastTurn(SLOT, 0)).toBe(true);
  });

  test('is not touched by who had the slot before', () => {
    const before = fillAndTake();
    const turn = fillAndTake();
    expect([taker.nextTurn(SLOT, before), taker.endBundle(SLOT, before)]).toEqual([false, false]);
    expect(slots.isLastTurn(SLOT, 0)).toBe(false);
    expect([taker.nextTurn(SLOT, turn), slots.cutBundle(SLOT)]).toEqual([true, 1]);
  });

  test('is told from others by a number that begins again at 1 after the last', () => {
    const slots = new JobSlots(segment);
    const uses: number[] = [];
    for (let fills = 0; fills <= LAST_USE; fills += 1) {
      slots.fill(SLOT, 0, 0, 1, 0, 1, 0, 1, 5);
      const use = slots.useOf(SLOT);
      if (uses.length > 0 && use !== uses.at(-1)! + 1) expect([uses.at(-1), use]).toEqual([LAST_USE, 1]);
      uses.push(use);
      if (uses.length > 2) uses.shift();
      if (!slots.isReady(SLOT) || slots.cutBundle(SLOT) !== 0) throw new Error(`use ${use} is not its own`);
    }
  });
});

test.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5])(
  'the position %i of a job in its call, and such a number of the call, arrive as they are',
  (number) => {
    const slots = new JobSlots(segment);
    const taker = new JobTaker(segment, 0);
    slots.fill(2, 0, 0, 1, 0, 1, number, 1, 0);
    expect([taker.callOf(2), taker.indexOf(2)]).toEqual([1, number]);
    slots.fill(2, 0, 0, 1, 0, number, 1, 1, 0);
    expect([taker.callOf(2), taker.indexOf(2)]).toEqual([number, 1]);
  },
);
