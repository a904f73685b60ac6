import type { Lease, PermitChange, QueueLimit } from '../../contracts/queue.js';
import { GIVEN_BACK, isLimited, limitKeyOf, outOf, setPermit, WANTED } from './limits.js';
import type { LockedQueue } from './locked-queue.js';
import { heldCell } from './settle.js';

/** Changes what a lease counts as. */
export function changePermit(
  locked: LockedQueue,
  lease: Lease<unknown>,
  change: PermitChange,
  { atOnce }: QueueLimit,
  nowMs: number,
): boolean {
  const { segment } = locked;
  const cell = heldCell(segment, lease, nowMs);
  if (cell === undefined || !isLimited(segment, cell)) return false;
  if (change === 'began') return true;
  const isFree = change === 'give' || (outOf(locked, false).get(limitKeyOf(segment, cell)) ?? 0) < atOnce;
  setPermit(segment, cell, change === 'give' ? GIVEN_BACK : isFree ? 0 : WANTED);
  return isFree;
}
