import { failpoint } from '../../failpoints/failpoint.js';
import { cellAttempt, freeCells, setCellState } from './cells.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { addKey, removeKey } from './dedupe.js';
import { CELL } from './layout.js';
import { addCount, addReady, addTimer, type LockedQueue, removeTimer, setTime } from './locked-queue.js';
import { CellState } from './state-word.js';

const U = CELL.word;

/** What becomes of a leased cell: it is ready or delayed again, or dead. */
export interface LeaseRelease {
  /** Why it is dead when its attempts are used up. */
  readonly reason: DeadLetterReason;
  /** Monotonic time from which it can be reserved again; `undefined` for at once. */
  readonly visibleAtMs?: number | undefined;
  /** Dead whatever its attempts. */
  readonly dead?: boolean | undefined;
  /** The delivery does not count. */
  readonly refund?: boolean | undefined;
}

export function releaseLease(
  locked: LockedQueue,
  cell: number,
  { reason, visibleAtMs, dead, refund }: LeaseRelease,
): void {
  const { segment } = locked;
  const attempt = cellAttempt(segment, cell) - (refund ? 1 : 0);
  const allowed = segment.words[segment.cell(cell) + U.maxAttempts]! >>> 0;
  if (dead || (!refund && attempt >= allowed)) {
    bury(locked, cell, attempt, reason);
    return;
  }
  removeTimer(locked, cell);
  addCount(segment, 'leasedCount', -1);
  if (visibleAtMs !== undefined) setTime(segment, cell, visibleAtMs);
  setCellState(segment, cell, visibleAtMs === undefined ? CellState.Ready : CellState.Delayed, attempt);
  failpoint('queue.given-back');
  if (visibleAtMs === undefined) addReady(locked, cell);
  else addTimer(locked, cell);
}

/** Moves a leased cell to the dead letters. */
function bury(locked: LockedQueue, cell: number, attempt: number, reason: DeadLetterReason): void {
  const { segment } = locked;
  segment.words[segment.cell(cell) + U.reason] = reason;
  setCellState(segment, cell, CellState.Dead, attempt);
  failpoint('queue.buried');
  removeTimer(locked, cell);
  addCount(segment, 'leasedCount', -1);
  addCount(segment, 'deadCount', 1);
  removeKey(segment, cell);
}

/** Moves a cell that is in no heap any more to the dead letters, because its value cannot be read. */
export function buryUnreadable({ segment }: LockedQueue, cell: number): void {
  segment.words[segment.cell(cell) + U.reason] = DeadLetterReason.Unreadable;
  setCellState(segment, cell, CellState.Dead, cellAttempt(segment, cell));
  addCount(segment, 'deadCount', 1);
}

/** Puts a dead letter back as new. */
export function revive(locked: LockedQueue, cell: number): void {
  const { segment } = locked;
  setCellState(segment, cell, CellState.Ready, 0);
  failpoint('queue.revived');
  addCount(segment, 'deadCount', -1);
  addReady(locked, cell);
  // What lies where a key would is the reason.
  if (segment.words[segment.cell(cell) + U.reason] !== DeadLetterReason.SaidByHolder) addKey(segment, cell);
}

/** Frees a cell and its parts. The caller has taken it, or will take it, out of heaps and counts. */
export function free({ segment }: LockedQueue, cell: number, whenDone?: () => void): void {
  setCellState(segment, cell, CellState.Free, 0);
  failpoint('queue.freed');
  whenDone?.();
  freeCells(segment, cell);
}
