import type { QueueLimit } from '../../contracts/queue.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { cellAttempt, cellState, setCellState } from './cells.js';
import { copyRecord, type RecordCopy } from './copy-record.js';
import { CELL } from './layout.js';
import { claimWithin, forgetPermit, isLimited } from './limits.js';
import { addCount, addTimer, type LockedQueue, setTime } from './locked-queue.js';
import type { Participant } from './participants.js';
import { CellState } from './state-word.js';

const U = CELL.word;

export interface Claim {
  readonly copy: RecordCopy;
  readonly token: number;
  readonly attempt: number;
  readonly isLimited: boolean;
}

export interface ClaimPolicy {
  readonly me: Participant;
  /** Monotonic time at which the leases end. */
  readonly deadlineMs: number;
  readonly maxAttempts: number;
  readonly limit?: QueueLimit | undefined;
}

/** Leases ready values until there are `max`, adding to those there are, so that it can be called again after a repair. */
export function claim(locked: LockedQueue, max: number, policy: ClaimPolicy, claims: Claim[]): void {
  const { limit } = policy;
  const isEnough = () => claims.length >= max;
  const claimNext = () => claimFirst(locked, policy, claims);
  if (limit !== undefined) claimWithin(locked, limit, isEnough, claimNext);
  else while (!isEnough() && locked.ready.count > 0) claimNext();
}

function claimFirst(locked: LockedQueue, policy: ClaimPolicy, claims: Claim[]): void {
  const { segment, ready } = locked;
  const cell = ready.cellAt(0);
  if (cellState(segment, cell) !== CellState.Ready) throw segment.damage(`cell ${cell} is listed as ready`);
  const token = segment.nextNumber('nextToken');
  const attempt = cellAttempt(segment, cell) + 1;
  const copy = copyRecord(segment, cell);
  writeLease(locked, cell, token, policy);
  failpoint('queue.lease-written');
  setCellState(segment, cell, CellState.Leased, attempt);
  failpoint('queue.leased');
  claims.push({ copy, token, attempt, isLimited: isLimited(segment, cell) });
  ready.removeAt(0);
  addTimer(locked, cell);
  addCount(segment, 'leasedCount', 1);
}

function writeLease({ segment }: LockedQueue, cell: number, token: number, policy: ClaimPolicy): void {
  const { words, floats } = segment;
  const at = segment.cell(cell);
  words[at + U.owner] = policy.me.index;
  words[at + U.incarnation] = policy.me.incarnation;
  words[at + U.maxAttempts] = policy.maxAttempts;
  floats[(at + U.token) / 2] = token;
  setTime(segment, cell, policy.deadlineMs);
  forgetPermit(segment, cell);
}
