import { Bundle } from './bundle.js';
import type { SlotAllocator } from './slot-allocator.js';

/** What the jobs in shared memory are at. */
export interface SlotSurvey {
  /** Jobs that a process is at. */
  readonly running: number;
  readonly waiting: number;
  /** Since when the oldest of those waits; `undefined` where none does. */
  readonly waitingSince: number | undefined;
  /** How long those that run have run, all together, in milliseconds. */
  readonly runningMs: number;
}

/** Looks at each slot: for who asks now and then. */
export function surveySlots({ held, slots }: SlotAllocator, now: number): SlotSurvey {
  let running = 0;
  let waiting = 0;
  let runningMs = 0;
  let waitingSince: number | undefined;
  for (const [slot, what] of held.entries()) {
    if (what === undefined || isOver(what)) continue;
    const runs = slots.runnerOf(slot) !== -1 ? 1 : 0;
    const left = what instanceof Bundle ? what.count - what.done - runs : 1 - runs;
    const startedAt = runs === 1 ? slots.startedAtOf(slot, now) : 0;
    running += runs;
    waiting += left;
    if (startedAt > 0) runningMs += now - startedAt;
    if (left > 0) waitingSince = Math.min(waitingSince ?? now, what.queuedAt);
  }
  return { running, waiting, waitingSince, runningMs };
}

/** Has it an answer, or does a process only tell listeners of its end? */
function isOver(what: Exclude<SlotAllocator['held'][number], undefined>): boolean {
  return !(what instanceof Bundle) && (what.answered || what.notice !== undefined);
}
