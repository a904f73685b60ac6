import type { QueueCounts } from '../../contracts/queue.js';
import { cellAttempt, cellState } from './cells.js';
import { copyRecord, largeFileOf, type RecordCopy } from './copy-record.js';
import { DeadLetterReason, deadLetterReasonText } from './dead-letter-reason.js';
import { removeKey } from './dedupe.js';
import { CELL, HEADER } from './layout.js';
import { addCount, addReady, type LockedQueue, removeTimer, sequenceOf } from './locked-queue.js';
import type { QueueSegment } from './queue-segment.js';
import { buryUnreadable, free, revive } from './release-lease.js';
import { forgetLeased } from './settle.js';
import { CellState } from './state-word.js';

const H = HEADER.word;

export function counts({ segment, ready, timers }: LockedQueue): QueueCounts {
  const leased = segment.words[H.leasedCount]!;
  const dead = segment.words[H.deadCount]!;
  const delayed = timers.count - leased;
  if (leased < 0 || delayed < 0 || dead < 0) throw segment.damage('a count is negative');
  return { ready: ready.count, delayed, leased, dead };
}

/** The cells that are ready or delayed, oldest first. */
export function waitingCells({ segment, ready, timers }: LockedQueue): number[] {
  const cells: number[] = [];
  for (let index = 0; index < ready.count; index += 1) cells.push(ready.cellAt(index));
  for (let index = 0; index < timers.count; index += 1) {
    const cell = timers.cellAt(index);
    if (cellState(segment, cell) === CellState.Delayed) cells.push(cell);
  }
  return sortBySequence(cells, (cell) => sequenceOf(segment, cell));
}

function sortBySequence(cells: number[], sequence: (cell: number) => number): number[] {
  const keyed = cells.map((cell) => [sequence(cell), cell] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, cell]) => cell);
}

/** Copies of the values that are ready or delayed, from a position on. */
export function peek(locked: LockedQueue, from: number, limit: number): RecordCopy[] {
  return waitingCells(locked)
    .slice(from, from + limit)
    .map((cell) => copyRecord(locked.segment, cell));
}

/**
 * Removes what is ready or delayed, the oldest `limit` of them.
 * @param reading `read` makes something of each value before anything is changed, and may throw; `accept` says whether
 *   that is a value: what is not goes to the dead letters. Without it none is read
 * @param files to which those of large values are added, to be removed outside the lock
 * @returns how many it removed
 */
export function drain<Read>(
  locked: LockedQueue,
  limit: number,
  files: string[],
  reading?: { read(copy: RecordCopy): Read; accept(read: Read): boolean },
): number {
  const cells = waitingCells(locked).slice(0, limit);
  const read = reading && cells.map((cell) => reading.read(copyRecord(locked.segment, cell)));
  unlist(locked, cells);
  for (const [index, cell] of cells.entries()) {
    if (reading && read && !reading.accept(read[index]!)) buryUnreadable(locked, cell);
    else {
      const file = largeFileOf(locked.segment, cell);
      if (file !== undefined) files.push(file);
      free(locked, cell);
    }
  }
  return cells.length;
}

/**
 * Removes values by their ids, whoever has them; dead letters stay.
 * @param files to which those of large values are added, to be removed outside the lock
 * @returns how many it removed
 */
export function withdraw(locked: LockedQueue, ids: ReadonlySet<string>, files: string[]): number {
  const { segment } = locked;
  const waiting: number[] = [];
  const leased: number[] = [];
  for (let cell = 0; cell < segment.cellCount; cell += 1) {
    const list = { [CellState.Ready]: waiting, [CellState.Delayed]: waiting, [CellState.Leased]: leased }[
      cellState(segment, cell) as number
    ];
    if (list !== undefined && ids.has(segment.idOf(sequenceOf(segment, cell)))) list.push(cell);
  }
  unlist(locked, waiting);
  for (const cell of [...waiting, ...leased]) {
    const file = largeFileOf(segment, cell);
    if (file !== undefined) files.push(file);
    if (leased.includes(cell)) forgetLeased(locked, cell);
    else free(locked, cell);
  }
  return waiting.length + leased.length;
}

/** Takes ready and delayed cells out of the heaps and buckets. */
function unlist(locked: LockedQueue, cells: readonly number[]): void {
  const { segment, ready } = locked;
  const gone = new Set(cells);
  const kept: number[] = [];
  for (let index = 0; index < ready.count; index += 1)
    if (!gone.has(ready.cellAt(index))) kept.push(ready.cellAt(index));
  ready.clear();
  for (const cell of kept) addReady(locked, cell);
  for (const cell of cells) {
    if (cellState(segment, cell) === CellState.Delayed) removeTimer(locked, cell);
    removeKey(segment, cell);
  }
}

export interface DeadRecord extends RecordCopy {
  readonly attempt: number;
  readonly reason: string;
}

/** The dead letters, oldest first. */
export function deadCells({ segment }: LockedQueue): number[] {
  if (segment.words[H.deadCount] === 0) return [];
  const cells: number[] = [];
  for (let cell = 0; cell < segment.cellCount; cell += 1)
    if (cellState(segment, cell) === CellState.Dead) cells.push(cell);
  return sortBySequence(cells, (cell) => sequenceOf(segment, cell));
}

export function deadRecords(locked: LockedQueue, limit: number): DeadRecord[] {
  const { segment } = locked;
  return deadCells(locked)
    .slice(0, limit)
    .map((cell) => {
      const copy = copyRecord(segment, cell);
      return { ...copy, attempt: cellAttempt(segment, cell), reason: reasonOf(segment, cell, copy) };
    });
}

function reasonOf(segment: QueueSegment, cell: number, { bytes, keyLengthBytes }: RecordCopy): string {
  const reason = segment.words[segment.cell(cell) + CELL.word.reason]!;
  if (reason !== DeadLetterReason.SaidByHolder || bytes === undefined) return deadLetterReasonText(reason);
  return bytes.toString('utf8', 0, keyLengthBytes);
}

/** The dead letters of those ids; all without any. */
function deadCellsOf(locked: LockedQueue, ids: ReadonlySet<string> | undefined): number[] {
  const { segment } = locked;
  return deadCells(locked).filter(
    (cell) => ids === undefined || ids.has(segment.idOf(sequenceOf(segment, cell))),
  );
}

export function requeueDead(locked: LockedQueue, ids: ReadonlySet<string> | undefined): number {
  const chosen = deadCellsOf(locked, ids);
  for (const cell of chosen) revive(locked, cell);
  return chosen.length;
}

export function clearDead(
  locked: LockedQueue,
  ids: ReadonlySet<string> | undefined,
  files: string[],
): number {
  const { segment } = locked;
  const cells = deadCellsOf(locked, ids);
  for (const cell of cells) {
    const file = largeFileOf(segment, cell);
    if (file !== undefined) files.push(file);
    free(locked, cell);
    addCount(segment, 'deadCount', -1);
  }
  return cells.length;
}
