import type { Lease, NackOptions, Outcome } from '../../contracts/queue.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { cellState } from './cells.js';
import { largeFileOf } from './copy-record.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { removeKey } from './dedupe.js';
import { CELL } from './layout.js';
import { setLimitKey } from './limits.js';
import { addCount, addTimer, type LockedQueue, removeTimer, setTime, timeOf } from './locked-queue.js';
import type { QueueSegment } from './queue-segment.js';
import { free, releaseLease } from './release-lease.js';
import { CellState } from './state-word.js';

/** A lease's token names its cell and its delivery, so nothing has to be searched. */
export function tokenOf(cell: number, delivery: number): string {
  return `${cell}.${delivery}`;
}

/** The cell of a lease that is still its holder's; `undefined` when it is lost. */
export function heldCell(segment: QueueSegment, lease: Lease<unknown>, nowMs: number): number | undefined {
  const token = String(lease.token);
  const dot = token.indexOf('.');
  const cell = Number(token.slice(0, dot));
  if (dot < 1 || !Number.isInteger(cell) || cell < 0 || cell >= segment.cellCount) return undefined;
  if (cellState(segment, cell) !== CellState.Leased || timeOf(segment, cell) <= nowMs) return undefined;
  const delivery = segment.floats[(segment.cell(cell) + CELL.word.token) / 2]!;
  return delivery === Number(token.slice(dot + 1)) ? cell : undefined;
}

/** Applies `change` to each lease that is still held, after those that have their outcome already. */
function settle(
  { segment }: LockedQueue,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  change: (cell: number, done: () => void) => void,
): void {
  for (const lease of leases.slice(outcomes.length)) {
    const cell = heldCell(segment, lease, nowMs);
    if (cell === undefined) outcomes.push('lost');
    else change(cell, () => outcomes.push('ok'));
  }
}

/** Frees the values; the files of large ones are added to `files`, to be removed outside the lock. */
export function ack(
  locked: LockedQueue,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  files: string[],
): void {
  settle(locked, leases, nowMs, outcomes, (cell, done) => {
    const file = largeFileOf(locked.segment, cell);
    forgetLeased(locked, cell, done);
    if (file !== undefined) files.push(file);
  });
}

/** Frees a leased cell. */
export function forgetLeased(locked: LockedQueue, cell: number, done?: () => void): void {
  const { segment } = locked;
  removeKey(segment, cell);
  removeTimer(locked, cell);
  addCount(segment, 'leasedCount', -1);
  failpoint('queue.ack-unlisted');
  free(locked, cell, done);
}

export function nack(
  locked: LockedQueue,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  { delayMs = 0, dead, refund, limitKey }: NackOptions,
  reason: DeadLetterReason = dead ? DeadLetterReason.SentByHolder : DeadLetterReason.Nacked,
): void {
  settle(locked, leases, nowMs, outcomes, (cell, done) => {
    if (limitKey !== undefined) setLimitKey(locked.segment, cell, limitKey);
    releaseLease(locked, cell, {
      reason,
      visibleAtMs: delayMs > 0 ? nowMs + delayMs : undefined,
      dead,
      refund,
    });
    done();
  });
}

export function extend(
  locked: LockedQueue,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  ms: number,
): void {
  settle(locked, leases, nowMs, outcomes, (cell, done) => {
    removeTimer(locked, cell);
    setTime(locked.segment, cell, nowMs + ms);
    failpoint('queue.extended');
    addTimer(locked, cell);
    done();
  });
}
