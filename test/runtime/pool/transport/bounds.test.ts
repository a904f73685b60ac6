import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { jobRef, RecordKind, recordTag } from '../../../../runtime/src/pool/protocol.js';
import { JobSlots, Lane } from '../../../../runtime/src/pool/transport/job-slots.js';
import { JobTaker } from '../../../../runtime/src/pool/transport/job-taker.js';
import {
  CHILD_BLOCK,
  CHILD_INBOX,
  POOL_HEADER,
  RESULT_RECORD,
  SHARED_WORDS,
  SLOT_STATE,
} from '../../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../../runtime/src/pool/transport/pool-segment.js';
import { ResultReader, ResultWriter } from '../../../../runtime/src/pool/transport/result-ring.js';

const RING_BYTES = 4_096;
const ORDER_LENGTH = 16;
const HEADER_BYTES = RESULT_RECORD.lengthBytes;
const segment = PoolSegment.create({
  slotCount: 8,
  orderLength: ORDER_LENGTH,
  childCount: 2,
  claimCount: 2,
  ringBytes: RING_BYTES,
  arenaBytes: 4_096,
});
afterAll(() => segment.close());
const { words } = segment;
const TIMES = Float64Array.of(1, 2);
const TAG = recordTag(RecordKind.Result, 77);
const tailWord = segment.blockOf(0) + CHILD_BLOCK.word.ringTail;
const headWord = segment.inboxOf(0) + CHILD_INBOX.word.ringHead;

function ringAt(position: number): { writer: ResultWriter; reader: ResultReader } {
  words[headWord] = position;
  words[tailWord] = position;
  return { writer: new ResultWriter(segment, 0), reader: new ResultReader(segment, 0) };
}

function write(writer: ResultWriter, job: number, payloadBytes: number): boolean {
  if (writer.begin(payloadBytes) === -1) return false;
  writer.commit(TAG, job, payloadBytes, 0, TIMES);
  return true;
}

describe('a ring of results', () => {
  test('that is full to the byte takes nothing more, padding and record together, and gives all back', () => {
    const { writer, reader } = ringAt(3_840);
    // 256 bytes before the end, 15 times as many after the start.
    for (let job = 0; job < 16; job += 1) expect(write(writer, job, 256 - HEADER_BYTES)).toBe(true);
    expect([write(writer, 16, 304 - HEADER_BYTES), write(writer, 16, 0)]).toEqual([false, false]);
    for (let job = 0; job < 16; job += 1) expect([reader.next(), reader.job]).toEqual([true, job]);
    expect([reader.next(), reader.problem]).toEqual([false, undefined]);
    reader.release();
    expect(write(writer, 16, 304 - HEADER_BYTES)).toBe(true);
    expect([reader.next(), reader.job, reader.payloadBytes]).toEqual([true, 16, 272]);
  });

  test('whose padding and record fit each by itself, but not together, has no room', () => {
    const { writer, reader } = ringAt(3_840);
    expect(write(writer, 0, 128 - HEADER_BYTES)).toBe(true);
    // 128 bytes are left before the end, 3,840 after the start: the padding takes the first.
    expect(writer.begin(3_840 - HEADER_BYTES)).not.toBe(-1);
    writer.commit(TAG, 1, 3_840 - HEADER_BYTES, 0, TIMES);
    expect(write(writer, 2, 0)).toBe(false);
    expect([reader.next(), reader.next(), reader.job]).toEqual([true, true, 1]);
    const again = ringAt(3_840);
    expect(write(again.writer, 0, 128 - HEADER_BYTES)).toBe(true);
    expect(again.writer.begin(3_848 - HEADER_BYTES)).toBe(-1);
  });

  const recordAt = segment.ringOf(0) / 4;
  test.each([
    ['a payload longer than the ring', { payloadBytes: RING_BYTES }],
    ['a payload longer than what was published', { payloadBytes: 72 }],
    ['a payload of less than nothing', { payloadBytes: -8 }],
    ['a payload that would end beyond 2 GiB', { payloadBytes: 2 ** 31 - 1 }],
    ['more state than payload', { stateBytes: 65 }],
    ['a state of less than nothing', { stateBytes: -1 }],
    ['padding beyond what was published', { tag: RecordKind.Padding }],
  ])('with %s is not read', (_, damage) => {
    const { writer, reader } = ringAt(0);
    expect(write(writer, 0, 64)).toBe(true);
    for (const [field, value] of Object.entries(damage))
      words[recordAt + RESULT_RECORD.word[field as keyof typeof damage]] = value;
    expect([reader.next(), reader.next(), reader.unread]).toEqual([false, false, 0]);
    expect(reader.problem).toEqual(expect.any(String));
    reader.reset();
    expect([reader.problem, reader.next()]).toEqual([undefined, false]);
  });

  test.each([
    ['before what was read', -8],
    ['not at a multiple of 8', 65],
    ['further on than the ring is long', RING_BYTES + 8],
    ['half a world away', -(2 ** 31)],
  ])('whose end is %s is not read', (_, end) => {
    for (const start of [0, 2_048, 2 ** 31 - 64]) {
      const { reader } = ringAt(start | 0);
      words[tailWord] = (start + end) | 0;
      expect([reader.next(), reader.problem]).toEqual([false, expect.any(String)]);
    }
  });

  test.each([
    [Number.NaN, 2],
    [1, Number.NaN],
    [-1, 2],
    [2, 1],
    [1, Number.POSITIVE_INFINITY],
  ])('says when a record has no time: %d to %d', (startedAt, endedAt) => {
    const { writer, reader } = ringAt(0);
    expect(writer.begin(0)).not.toBe(-1);
    writer.commit(TAG, 0, 0, 0, Float64Array.of(startedAt, endedAt));
    expect([reader.next(), reader.copyTimes(new Float64Array(2))]).toEqual([true, false]);
  });

  test('is read once: what its child changes afterwards changes nothing', () => {
    const { writer, reader } = ringAt(0);
    expect(write(writer, jobRef(3, 4), 64)).toBe(true);
    expect(reader.next()).toBe(true);
    words.fill(-1, recordAt, recordAt + HEADER_BYTES / 4);
    expect([reader.tag, reader.job, reader.payloadBytes, reader.stateBytes]).toEqual([
      TAG,
      jobRef(3, 4),
      64,
      0,
    ]);
  });
});

describe('words that all children can write', () => {
  const stateOf = (slot: number) =>
    segment.word.states + slot * SLOT_STATE.lengthWords + SLOT_STATE.word.state;
  const turnOf = (slot: number) => segment.word.states + slot * SLOT_STATE.lengthWords + SLOT_STATE.word.turn;
  const headOf = (lane: Lane) => segment.word.shared + SHARED_WORDS.word.head + lane;
  let slots: JobSlots;
  let taker: JobTaker;

  beforeEach(() => {
    for (const lane of [Lane.Urgent, Lane.Usual]) {
      words[headOf(lane)] = 0;
      words[POOL_HEADER.word.tail + lane] = 0;
    }
    slots = new JobSlots(segment);
    taker = new JobTaker(segment, 0);
  });

  const place = (slot: number, bundle = 0) => {
    slots.fill(slot, 0, 0, 1, 0, 1, slot, 1, bundle);
    slots.append(slot, Lane.Usual);
    slots.publish();
  };

  test.each([1, -1, 17, 2 ** 31 - 1, -(2 ** 31), 123_456_789])(
    'a lane whose head became %i hands out its jobs all the same',
    (head) => {
      for (let slot = 0; slot < 8; slot += 1) place(slot);
      words[headOf(Lane.Usual)] = head;
      // One that can be true skips jobs: these are found by where they stand.
      const skipped = Array.from({ length: 8 }, (_, slot) => slot).filter((slot) => slots.isSkipped(slot));
      expect(skipped).toEqual(head === 1 ? [0] : []);
      expect(slots.waiting).toBeLessThanOrEqual(ORDER_LENGTH);
      const taken = [];
      for (let slot = taker.take(); slot !== -1; slot = taker.take()) {
        taken.push(slot);
        taker.release(slot);
      }
      expect(taken).toEqual(head === 1 ? [1, 2, 3, 4, 5, 6, 7] : [0, 1, 2, 3, 4, 5, 6, 7]);
    },
  );

  test.each([0, 1, 2, 3, 6, -1, 2 ** 31 - 1])('a slot whose state became %i is nobody’s', (state) => {
    place(0);
    words[stateOf(0)] = state;
    expect([slots.isReady(0), slots.runnerOf(0), slots.withdraw(0)]).toEqual([false, -1, false]);
    expect(taker.take()).toBe(-1);
    slots.setRunner(0, 1);
    expect(slots.runnerOf(0)).toBe(1);
  });

  test('a state of another use of the slot counts for nothing', () => {
    place(0);
    const before = words[stateOf(0)]!;
    place(0);
    words[stateOf(0)] = before;
    expect([slots.isReady(0), slots.withdraw(0), taker.take()]).toEqual([false, false, -1]);
  });

  test.each([0, -1, 5, 2 ** 31 - 1])(
    'a bundle whose turn became %i is not cut by it, and can be stopped',
    (turn) => {
      place(0, 5);
      expect(taker.take()).toBe(0);
      words[turnOf(0)] = turn;
      expect(slots.cutBundle(0)).toBe(-1);
      expect(taker.nextTurn(0, taker.firstTurnOf(0))).toBe(false);
      slots.stopBundle(0, 2);
      expect([slots.cutBundle(0), slots.isLastTurn(0, 2)]).toEqual([2, true]);
    },
  );

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300])(
    'a start at %d is taken for now',
    (startedAt) => {
      place(0);
      taker.setStartedAt(0, startedAt);
      expect(slots.startedAtOf(0, 1_000)).toBe(1_000);
      taker.setStartedAt(0, 999);
      expect(slots.startedAtOf(0, 1_000)).toBe(999);
    },
  );

  test('what a child claims is there before anybody sees that it runs it, and until it gives it up', () => {
    place(0);
    place(1);
    const claims = () => [...words.subarray(segment.claimsOf(0), segment.claimsOf(0) + 2)].sort();
    expect([taker.take(), taker.take(), claims()]).toEqual([0, 1, [1, 2]]);
    taker.release(0);
    expect(claims()).toEqual([0, 2]);
  });
});
