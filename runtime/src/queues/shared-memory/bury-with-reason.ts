import type { Lease } from '../../contracts/queue.js';
import { cellAttempt, setCellState } from './cells.js';
import { largeFileOf } from './copy-record.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { CELL, HEADER } from './layout.js';
import { addCount, type LockedQueue, sequenceOf } from './locked-queue.js';
import { writeRecord } from './put.js';
import { type PreparedRecord, prepareRecords } from './record.js';
import { forgetLeased, heldCell } from './settle.js';
import { CellState } from './state-word.js';

/** Of the text that a holder gives, in bytes. */
const MOST_REASON_BYTES = 1_000;

/**
 * The record of a dead letter whose holder says why: the reason lies where a dedupe key would, which a dead letter has not.
 * Outside the lock. `undefined` for a value that needs a file of its own.
 */
export function recordWithReason(
  value: unknown,
  reason: string,
  largeFromBytes: number,
): PreparedRecord | undefined {
  // A cut in the middle of a sign leaves a sign that stands for it.
  const text = Buffer.from(reason)
    .subarray(0, MOST_REASON_BYTES - 2)
    .toString();
  const [record] = prepareRecords([value], text || 'no reason', largeFromBytes);
  return record?.inFile === undefined ? record : undefined;
}

/**
 * Puts the record among the dead letters in place of the one that is leased.
 * @returns `undefined` where there is no room for both; `false` where the lease is lost
 */
export function buryWithReason(
  locked: LockedQueue,
  lease: Lease<unknown>,
  record: PreparedRecord,
  nowMs: number,
): boolean | undefined {
  const { segment } = locked;
  const cell = heldCell(segment, lease, nowMs);
  if (cell === undefined) return false;
  const isTooMuch = record.cellCount > segment.words[HEADER.word.freeCount]!;
  if (isTooMuch || largeFileOf(segment, cell) !== undefined) return undefined;
  const priority = segment.words[segment.cell(cell) + CELL.word.priority]!;
  const sequence = sequenceOf(segment, cell);
  const plan = { records: [record], fileNumbers: new Map(), priority, visibleAtMs: undefined, sequence };
  const dead = writeRecord(locked, plan, record);
  segment.words[segment.cell(dead) + CELL.word.reason] = DeadLetterReason.SaidByHolder;
  setCellState(segment, dead, CellState.Dead, cellAttempt(segment, cell));
  addCount(segment, 'deadCount', 1);
  forgetLeased(locked, cell);
  return true;
}
