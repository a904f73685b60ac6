import { failpoint } from '../../failpoints/failpoint.js';
import { cellAttempt, cellState, setCellState } from './cells.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { CELL } from './layout.js';
import { addReady, type LockedQueue } from './locked-queue.js';
import { isOwnerGone } from './participants.js';
import type { CriticalSection } from './queue-connection.js';
import { releaseLease } from './release-lease.js';
import { CellState } from './state-word.js';

/** Makes ready what was delayed until now, and takes back leases that have ended. */
export function runDueTimers({ locked, nowMs, notifySleepers }: CriticalSection): void {
  const { segment, timers } = locked;
  if (timers.count === 0 || timers.orderAt(0) > nowMs) return;
  notifySleepers();
  // A time that is no number is due: damage must not keep a value forever.
  while (timers.count > 0 && !(timers.orderAt(0) > nowMs)) {
    const cell = timers.cellAt(0);
    const state = cellState(segment, cell);
    if (state === CellState.Leased) releaseLease(locked, cell, { reason: DeadLetterReason.Expired });
    else if (state === CellState.Delayed) makeReady(locked, cell);
    else throw segment.damage(`cell ${cell} has a timer and is neither delayed nor leased`);
  }
}

function makeReady(locked: LockedQueue, cell: number): void {
  const { segment, timers } = locked;
  timers.pop();
  setCellState(segment, cell, CellState.Ready, cellAttempt(segment, cell));
  failpoint('queue.delay-over');
  addReady(locked, cell);
}

/** When the next timer is due, in monotonic milliseconds; `undefined` when there is none. */
export function nextTimerMs({ timers }: LockedQueue): number | undefined {
  return timers.count === 0 ? undefined : timers.orderAt(0);
}

/** The leases that `wanted` says yes to, by participant and incarnation. */
export function leasedCells(
  locked: LockedQueue,
  wanted: (owner: number, incarnation: number) => boolean,
): number[] {
  const { segment, timers } = locked;
  const found: number[] = [];
  const count = timers.count;
  for (let index = 0; index < count; index += 1) {
    const cell = timers.cellAt(index);
    if (cellState(segment, cell) !== CellState.Leased) continue;
    const at = segment.cell(cell);
    if (wanted(segment.words[at + CELL.word.owner]!, segment.words[at + CELL.word.incarnation]!))
      found.push(cell);
  }
  return found;
}

/** Takes back what dead processes had leased. Each owner is looked up once. */
export function reclaimFromDead({ locked, notifySleepers }: CriticalSection): void {
  const gone = new Map<string, boolean>();
  const orphans = leasedCells(locked, (owner, incarnation) => {
    const key = `${owner}.${incarnation}`;
    if (!gone.has(key)) gone.set(key, isOwnerGone(locked.segment, owner, incarnation));
    return gone.get(key) === true;
  });
  if (orphans.length > 0) notifySleepers();
  for (const cell of orphans) releaseLease(locked, cell, { reason: DeadLetterReason.OwnerDied });
}
