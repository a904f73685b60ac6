import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Job } from '../../../runtime/src/pool/jobs/job.js';
import { MemoryCheck } from '../../../runtime/src/pool/parent/placing/memory-check.js';
import type { SlotAllocator } from '../../../runtime/src/pool/parent/placing/slot-allocator.js';
import type { ChildSupervisor } from '../../../runtime/src/pool/parent/processes/child-supervisor.js';
import { JobSlots, Lane } from '../../../runtime/src/pool/transport/job-slots.js';
import { JobTaker } from '../../../runtime/src/pool/transport/job-taker.js';
import { SLOT_STATE } from '../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../runtime/src/pool/transport/pool-segment.js';

const SLOTS = 8;

/** Slots with a job each, two children that take them, and what is found lost. */
function checkOf(whileClaimsAreRead: (taker: JobTaker) => void = () => {}) {
  const segment = PoolSegment.create({
    slotCount: SLOTS,
    orderLength: 16,
    childCount: 2,
    claimCount: SLOTS,
    ringBytes: 4_096,
    arenaBytes: 4_096,
  });
  const slots = new JobSlots(segment);
  const takers = [new JobTaker(segment, 0), new JobTaker(segment, 1)];
  const held: { slot: number; answered: boolean }[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    slots.fill(slot, 0, 0, 1, 0, 1, slot, 1, 0);
    slots.append(slot, Lane.Usual);
    held.push({ slot, answered: false });
  }
  slots.publish();
  const lost: number[] = [];
  const ended: string[] = [];
  const claimsOf = (child: number) => {
    const start = segment.claimsOf(child);
    const claims = [...segment.words.subarray(start, start + SLOTS)];
    whileClaimsAreRead(takers[child]!);
    return new Set(claims.filter((claim) => claim > 0).map((claim) => claim - 1));
  };
  const allocator = { slots, held, inMemory: SLOTS, bundles: {}, jobIn: (slot: number) => held[slot] };
  const children = [0, 1].map((index) => ({ index, isAlive: true, pid: process.pid }));
  const supervisor = { children, blocks: { claimsOf }, checkBlocks() {} };
  const check = new MemoryCheck(
    segment,
    allocator as unknown as SlotAllocator,
    supervisor as unknown as ChildSupervisor,
    {
      catchUp() {},
      hasEnded: () => false,
      lose: (job: Job) => void lost.push(job.slot),
      end: (job: Job, child: number) => void ended.push(`${job.slot} in ${child}`),
    },
  );
  const stateWord = (slot: number) =>
    segment.word.states + slot * SLOT_STATE.lengthWords + SLOT_STATE.word.state;
  const overwrite = (slot: number, state: number) => {
    segment.words[stateWord(slot)] = state;
  };
  return { check, slots, takers, children, lost, ended, held, overwrite };
}

test('jobs that wait and jobs that run are left alone, though children take some while it is looked', () => {
  const { check, takers, lost } = checkOf((taker) => void taker.take());
  expect(takers[0]!.take()).toBe(0);
  for (let looks = 0; looks < 4; looks += 1) check.look();
  expect(lost).toEqual([]);
});

test('a job that nobody can take, or that is run by a child that does not claim it, is lost', () => {
  const { check, takers, lost, overwrite } = checkOf();
  expect([takers[0]!.take(), takers[1]!.take()]).toEqual([0, 1]);
  takers[1]!.release(1);
  overwrite(5, 0);
  overwrite(6, 12_345);
  check.look();
  expect(lost).toEqual([1, 5, 6]);
});

test('a job of a child that has ended is left to what follows from its death', () => {
  const { check, takers, children, lost } = checkOf();
  expect([takers[0]!.take(), takers[1]!.take()]).toEqual([0, 1]);
  for (const [slot, taker] of takers.entries()) taker.release(slot);
  // One whose end was told, and one that the system alone knows to have ended.
  children[0]!.isAlive = false;
  const { pid } = spawnSync('true');
  children[1]!.pid = pid;
  check.look();
  expect(lost).toEqual([]);
});

test('a job that a child claims is its own again, whatever its state became; one answered meanwhile is ended', () => {
  const { check, slots, takers, lost, ended, held, overwrite } = checkOf();
  expect([takers[0]!.take(), takers[1]!.take()]).toEqual([0, 1]);
  overwrite(0, 1);
  overwrite(1, -1);
  held[1]!.answered = true;
  check.look();
  expect([slots.runnerOf(0), slots.runnerOf(1)]).toEqual([0, 1]);
  expect([lost, ended]).toEqual([[], ['1 in 1']]);
});
