import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  lastEntry,
  readyIn,
  runningIn,
  runningUnder,
  SlotState,
  Turn,
  turnIn,
} from '../../../../runtime/src/pool/protocol.js';
import { JobSlots, Lane, Owner } from '../../../../runtime/src/pool/transport/job-slots.js';
import { JobTaker } from '../../../../runtime/src/pool/transport/job-taker.js';
import {
  JOB_SLOT,
  POOL_HEADER,
  SHARED_WORDS,
  SLOT_STATE,
} from '../../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../../runtime/src/pool/transport/pool-segment.js';
import { changesOf } from './memory-image.js';

const SLOTS = 8;
const ORDER_LENGTH = 16;
const CHILD = 1;
const segment = PoolSegment.create({
  slotCount: SLOTS,
  orderLength: ORDER_LENGTH,
  childCount: 2,
  claimCount: 3,
  ringBytes: 4_096,
  arenaBytes: 4_096,
});
afterAll(() => segment.close());
const { words, word } = segment;
const headOf = (lane: Lane) => word.shared + SHARED_WORDS.word.head + lane;

let slots: JobSlots;
let taker: JobTaker;

beforeEach(() => {
  words.fill(0, word.slots, word.slots + SLOTS * JOB_SLOT.lengthWords);
  words.fill(0, word.states, word.states + SLOTS * SLOT_STATE.lengthWords);
  words.fill(0, word.urgent, word.shared);
  words.fill(0, segment.blockOf(0), segment.blockOf(1));
  words.fill(0, segment.claimsOf(CHILD), segment.claimsOf(CHILD) + 3);
  for (const lane of [Lane.Urgent, Lane.Usual]) {
    words[headOf(lane)] = 0;
    words[POOL_HEADER.word.tail + lane] = 0;
    words[POOL_HEADER.word.last + lane] = 0;
  }
  slots = new JobSlots(segment);
  taker = new JobTaker(segment, CHILD);
});

/** Numbers that are told apart by slot and by field. */
function fill(slot: number, index = 9_000 + slot): void {
  const of = (field: number) => field * 100 + slot;
  slots.fill(slot, of(1), of(2), of(3), of(4), of(5), index, of(6), of(7));
}

const place = (slot: number, lane: Lane) => {
  fill(slot);
  slots.append(slot, lane);
  slots.publish();
};

describe.each(Array.from({ length: SLOTS }, (_, slot) => slot))('slot %i', (slot) => {
  test('is filled with what it is given, and nothing else is written', () => {
    fill(slot, 2 ** 33 + 5);
    const changed = changesOf(segment, () => fill(slot, 2 ** 32 + 7));
    const use = slots.useOf(slot);
    expect(changed).toEqual({
      [`slots[${slot}].use`]: use,
      [`slots[${slot}].index`]: 7,
      [`slots[${slot}].indexHigh`]: 1,
      [`states[${slot}].state`]: readyIn(use),
      [`states[${slot}].turn`]: turnIn(use, 0),
    });
    const kept = Object.fromEntries(
      Object.entries(JOB_SLOT.word).map(([name, at]) => [
        name,
        words[word.slots + slot * JOB_SLOT.lengthWords + at],
      ]),
    );
    const of = (field: number) => field * 100 + slot;
    expect(kept).toEqual({
      use,
      abort: 0,
      payload: of(1),
      payloadBytes: of(2),
      task: of(3),
      taskAt: of(4),
      call: of(5),
      callHigh: 0,
      index: 7,
      indexHigh: 1,
      attempt: of(6),
      bundle: of(7),
      queuedAt: 0,
    });
  });

  test('has since when it waits where those who look from outside read it', () => {
    const changed = changesOf(segment, () => slots.noteQueued(slot, 12.5));
    expect(Object.keys(changed)).toEqual([`slots[${slot}].queuedAt`]);
    const at = word.slots + slot * JOB_SLOT.lengthWords + JOB_SLOT.word.queuedAt;
    expect(segment.bytes.readDoubleLE(4 * at)).toBe(12.5);
  });

  test('says the same to the parent and to a child', () => {
    fill(slot);
    const of = (field: number) => field * 100 + slot;
    expect([slots.payloadOf(slot), slots.payloadBytesOf(slot), slots.attemptOf(slot)]).toEqual([
      of(1),
      of(2),
      of(6),
    ]);
    expect([
      taker.payloadOf(slot),
      taker.payloadBytesOf(slot),
      taker.taskOf(slot),
      taker.taskAtOf(slot),
      taker.callOf(slot),
      taker.indexOf(slot),
      taker.attemptOf(slot),
      taker.bundleOf(slot),
    ]).toEqual([of(1), of(2), of(3), of(4), of(5), 9_000 + slot, of(6), of(7)]);
  });

  test('is asked to stop alone, and not when it is filled again', () => {
    fill(slot);
    expect(taker.isAborted(slot)).toBe(false);
    expect(changesOf(segment, () => slots.askToAbort(slot))).toEqual({ [`slots[${slot}].abort`]: 1 });
    expect(taker.isAborted(slot)).toBe(true);
    fill(slot);
    expect(taker.isAborted(slot)).toBe(false);
  });

  test('is taken by one child, which says so in its claims until it is done', () => {
    fill(slot);
    const use = slots.useOf(slot);
    const taken = changesOf(segment, () => expect(taker.takeSlot(slot)).toBe(true));
    const running = runningIn(use, runningUnder(CHILD));
    expect(taken).toEqual({ [`states[${slot}].state`]: running, [`claims[${CHILD}][0]`]: slot + 1 });
    expect([slots.runnerOf(slot), slots.ownerOf(slot), slots.isReady(slot)]).toEqual([CHILD, CHILD, false]);
    expect(changesOf(segment, () => expect(taker.takeSlot(slot)).toBe(false))).toEqual({});
    expect(changesOf(segment, () => taker.release(slot))).toEqual({ [`claims[${CHILD}][0]`]: 0 });
    expect(changesOf(segment, () => slots.free(slot))).toEqual({ [`states[${slot}].state`]: SlotState.Free });
    expect([slots.runnerOf(slot), slots.ownerOf(slot)]).toEqual([-1, Owner.Unknown]);
  });

  test('is taken back as long as nobody has it', () => {
    fill(slot);
    expect([slots.ownerOf(slot), slots.runnerOf(slot)]).toEqual([Owner.None, -1]);
    const changed = changesOf(segment, () => expect(slots.withdraw(slot)).toBe(true));
    expect(changed).toEqual({ [`states[${slot}].state`]: SlotState.Free });
    expect([slots.withdraw(slot), taker.takeSlot(slot)]).toEqual([false, false]);
    fill(slot);
    expect([taker.takeSlot(slot), slots.withdraw(slot), slots.ownerOf(slot)]).toEqual([true, false, CHILD]);
  });

  test('has its runner named again', () => {
    fill(slot);
    const changed = changesOf(segment, () => slots.setRunner(slot, 0));
    expect(changed).toEqual({ [`states[${slot}].state`]: runningIn(slots.useOf(slot), runningUnder(0)) });
    expect(slots.runnerOf(slot)).toBe(0);
  });

  test('says when its attempt began', () => {
    fill(slot);
    expect(slots.startedAtOf(slot, 50)).toBe(0);
    expect(changesOf(segment, () => taker.setStartedAt(slot, 40))).toEqual({
      [`states[${slot}].startedAt`]: 40,
    });
    expect([slots.startedAtOf(slot, 50), slots.startedAtOf(slot, 40), slots.startedAtOf(slot, 39)]).toEqual([
      40, 40, 39,
    ]);
    fill(slot);
    expect(slots.startedAtOf(slot, 50)).toBe(0);
  });

  test('has a bundle cut after the job that is its child’s now', () => {
    fill(slot);
    const use = slots.useOf(slot);
    expect(taker.nextTurn(slot, taker.firstTurnOf(slot))).toBe(false);
    expect(taker.takeSlot(slot)).toBe(true);
    const first = taker.firstTurnOf(slot);
    expect(first).toBe(turnIn(use, 0));
    const next = changesOf(segment, () => expect(taker.nextTurn(slot, first)).toBe(true));
    expect(next).toEqual({ [`states[${slot}].turn`]: turnIn(use, 1) });
    const cut = changesOf(segment, () => expect(slots.cutBundle(slot)).toBe(1));
    expect(cut).toEqual({ [`states[${slot}].turn`]: turnIn(use, 1) | Turn.Last });
    expect([slots.isLastTurn(slot, 1), slots.isLastTurn(slot, 0)]).toEqual([true, false]);
    expect(changesOf(segment, () => expect(slots.cutBundle(slot)).toBe(1))).toEqual({});
    const stopped = changesOf(segment, () => slots.stopBundle(slot, 3));
    expect(stopped).toEqual({ [`states[${slot}].turn`]: turnIn(use, 3) | Turn.Last });
  });

  test('has a bundle ended by its child', () => {
    fill(slot);
    taker.takeSlot(slot);
    const turn = taker.firstTurnOf(slot);
    const ended = changesOf(segment, () => expect(taker.endBundle(slot, turn)).toBe(true));
    expect(ended).toEqual({ [`states[${slot}].turn`]: turn | Turn.Last });
    expect([taker.endBundle(slot, turn), taker.nextTurn(slot, turn)]).toEqual([false, false]);
  });
});

describe.each([
  ['urgent', Lane.Urgent],
  ['order', Lane.Usual],
] as const)('the lane %s', (part, lane) => {
  test('shows what was put at its end when that is published, and not before', () => {
    fill(5);
    fill(6);
    const appended = changesOf(segment, () => {
      slots.append(5, lane);
      slots.append(6, lane);
    });
    expect(appended).toEqual({ [`${part}[0].slot`]: 5, [`${part}[1].slot`]: 6 });
    expect([slots.waiting, slots.hasWaiting(), taker.take()]).toEqual([0, false, -1]);
    expect(changesOf(segment, () => slots.publish())).toEqual({
      [`header.tail[${lane}]`]: 2,
      [`header.last[${lane}]`]: lastEntry(6, 2),
    });
    expect([slots.waiting, slots.hasWaiting(), slots.taken]).toEqual([2, true, 0]);
    expect(taker.hasWaiting()).toBe(true);
    const claimed = changesOf(segment, () => expect(taker.take()).toBe(5));
    expect(claimed).toMatchObject({ [`shared.head[${lane}]`]: 1, [`claims[${CHILD}][0]`]: 6 });
    expect([taker.take(), taker.take(), slots.waiting, slots.taken]).toEqual([6, -1, 0, 2]);
  });

  test('goes on where one before it ended', () => {
    words[POOL_HEADER.word.tail + lane] = 9;
    words[headOf(lane)] = 7;
    expect(new JobSlots(segment).waiting).toBe(2);
    expect(changesOf(segment, () => new JobSlots(segment).publish())).toEqual({});
  });

  test('has room again where jobs at its start were taken or taken back', () => {
    place(0, lane);
    for (let count = 1; count < ORDER_LENGTH - 1; count += 1) {
      expect(slots.hasRoom(lane)).toBe(true);
      place(1, lane);
      slots.withdraw(1);
    }
    expect([slots.hasRoom(lane), words[headOf(lane)]]).toEqual([true, 0]);
    place(2, lane);
    // Full: the first of its jobs waits.
    expect(changesOf(segment, () => expect(slots.hasRoom(lane)).toBe(false))).toEqual({});
    expect(taker.takeSlot(0)).toBe(true);
    const passed = changesOf(segment, () => expect(slots.hasRoom(lane)).toBe(true));
    // All but the job at the end, which waits.
    expect(passed).toEqual({ [`shared.head[${lane}]`]: ORDER_LENGTH - 1 });
    expect(taker.take()).toBe(2);
  });

  test('whose head was moved over a job that waits is told', () => {
    place(3, lane);
    place(4, lane);
    expect([slots.isSkipped(3), slots.isSkipped(4), slots.isSkipped(5)]).toEqual([false, false, false]);
    words[headOf(lane)] = 1;
    expect([slots.isSkipped(3), slots.isSkipped(4)]).toEqual([true, false]);
    taker.takeSlot(3);
    expect(slots.isSkipped(3)).toBe(false);
    fill(3);
    // In no lane now.
    expect(slots.isSkipped(3)).toBe(false);
  });
});

test('the urgent lane is served before the other', () => {
  place(1, Lane.Usual);
  place(2, Lane.Urgent);
  place(3, Lane.Urgent);
  expect([slots.waiting, taker.take(), taker.take(), taker.take(), taker.take()]).toEqual([3, 2, 3, 1, -1]);
  expect([slots.taken, taker.hasWaiting()]).toEqual([3, false]);
});

test('each use of a slot has a number of its own, whatever slot it is', () => {
  const uses = [0, 1, 0, 1].map((slot) => {
    fill(slot);
    return slots.useOf(slot);
  });
  expect(new Set(uses).size).toBe(4);
});
