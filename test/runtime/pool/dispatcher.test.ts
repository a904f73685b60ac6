import { describe, expect, test } from 'vitest';
import type { Job } from '../../../runtime/src/pool/jobs/job.js';
import type { JobSource } from '../../../runtime/src/pool/jobs/job-source.js';
import type { SlotAllocator } from '../../../runtime/src/pool/parent/placing/slot-allocator.js';
import type { WakePolicy } from '../../../runtime/src/pool/parent/placing/wake-policy.js';
import type { ChildSupervisor } from '../../../runtime/src/pool/parent/processes/child-supervisor.js';
import { type DispatchEffects, Dispatcher } from '../../../runtime/src/pool/parent/waiting/dispatcher.js';

/** A call that gives so many jobs, and counts how often it is asked. */
class Call {
  previousInList = undefined;
  nextInList = undefined;
  isInList = false;
  isPlain = false;
  isOver = false;
  asked = 0;

  constructor(
    readonly name: string,
    public left: number,
    /** May there be more later? */
    readonly isOpen: boolean,
  ) {}

  get isDone(): boolean {
    return this.isOver || (this.left === 0 && !this.isOpen);
  }

  nextJob(): Job | undefined {
    this.asked += 1;
    if (this.left === 0) return undefined;
    this.left -= 1;
    const caller = { isOver: false };
    return { name: this.name, caller, slot: -1, answered: false, isPlain: true, queuedAt: 0 } as never;
  }
}

/** A dispatcher with room for so many jobs, and the names of what it has placed. */
function makeDispatcher(): { dispatcher: Dispatcher; placed: string[]; room: { jobs: number } } {
  const placed: string[] = [];
  const room = { jobs: Number.POSITIVE_INFINITY };
  const allocator = {
    inMemory: 1,
    place(job: Job & { name: string }): boolean {
      if (room.jobs === 0) return false;
      room.jobs -= 1;
      placed.push(job.name);
      return true;
    },
    publish() {},
  };
  const effects = { now: () => 1 } as DispatchEffects;
  const waking = { jobsPerWake: 1, wake() {} };
  const dispatcher = new Dispatcher(
    allocator as unknown as SlotAllocator,
    {} as ChildSupervisor,
    waking as unknown as WakePolicy,
    effects,
  );
  return { dispatcher, placed, room };
}

const jobSource = (call: Call) => call as unknown as JobSource;

/** How many of each there are in a row. */
function rowsOf(placed: readonly string[]): number[] {
  const rows: number[] = [];
  placed.forEach((name, at) => {
    if (name === placed[at - 1]) rows[rows.length - 1]! += 1;
    else rows.push(1);
  });
  return rows;
}

describe('a call', () => {
  test('that has no job now is not asked again before it says that it may have some', () => {
    const { dispatcher, placed } = makeDispatcher();
    const idle = Array.from({ length: 1_000 }, (_, n) => new Call(`idle ${n}`, 0, true));
    for (const call of idle) dispatcher.addJobSource(jobSource(call));
    for (let turn = 0; turn < 100; turn += 1) dispatcher.pump();
    expect(idle.reduce((sum, { asked }) => sum + asked, 0)).toBe(1_000);
    const [first] = idle as [Call];
    first.left = 2;
    dispatcher.addJobSource(jobSource(first));
    dispatcher.addJobSource(jobSource(first));
    dispatcher.pump();
    expect(placed).toEqual(['idle 0', 'idle 0']);
  });

  test('has its turn after 64 jobs of another, however little room there is at a time', () => {
    const { dispatcher, placed, room } = makeDispatcher();
    dispatcher.addJobSource(jobSource(new Call('a', 200, false)));
    dispatcher.addJobSource(jobSource(new Call('b', 200, false)));
    for (let turn = 0; turn < 100; turn += 1) {
      room.jobs = 3;
      dispatcher.pump();
    }
    expect(placed).toHaveLength(300);
    // Of three jobs one has found no room before, which counts in no turn.
    const rows = rowsOf(placed);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) expect(row).toBeLessThanOrEqual(100);
  });

  test('that ends in the midst of its turn, or before it, gives nothing more', () => {
    const { dispatcher, placed } = makeDispatcher();
    const ends = new Call('ends', 100, false);
    const gone = new Call('gone', 100, false);
    const stays = new Call('stays', 1, false);
    ends.nextJob = () => {
      ends.asked += 1;
      ends.isOver = true;
      dispatcher.removeJobSource(jobSource(ends));
      dispatcher.removeJobSource(jobSource(gone));
      return undefined;
    };
    for (const call of [ends, gone, stays]) dispatcher.addJobSource(jobSource(call));
    dispatcher.pump();
    dispatcher.pump();
    expect(placed).toEqual(['stays']);
    expect([ends.asked, gone.asked]).toEqual([1, 0]);
  });
});
