import { QueueFullError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { allocateCell, setCellState } from './cells.js';
import { addKey, findKey } from './dedupe.js';
import { CELL, HEADER } from './layout.js';
import { setLimitKey } from './limits.js';
import { addReady, addTimer, type LockedQueue, sequenceOf, setTime } from './locked-queue.js';
import { sealOf, writePayload } from './payload.js';
import type { PreparedRecord } from './record.js';
import { CellState } from './state-word.js';

const U = CELL.word;

export interface PutPlan {
  readonly records: readonly PreparedRecord[];
  /** Number of the file of each large record, made before. */
  readonly fileNumbers: ReadonlyMap<PreparedRecord, number>;
  readonly priority: number;
  /** Monotonic time from which they can be reserved; `undefined` for now. */
  readonly visibleAtMs: number | undefined;
  /** One for each record. */
  readonly limitKeys?: readonly string[] | undefined;
  /** Of a record that takes another's place. */
  readonly sequence?: number;
}

/** @throws QueueFullError unless all of them fit: all are put or none */
export function assertRoom({ segment }: LockedQueue, records: readonly PreparedRecord[]): void {
  let needed = 0;
  for (const record of records) needed += record.cellCount;
  const free = segment.words[HEADER.word.freeCount]!;
  if (needed <= free) return;
  throw new QueueFullError(
    segment.name,
    `queue ${segment.name} has room for ${free} more parts of ${CELL.lengthBytes} bytes, ${needed} are needed; take values out, or make it with more \`memoryBytes\``,
  );
}

/**
 * Publishes the records after those whose ids are there already, so that it can be called again after a repair.
 * @returns the records that were not put, because their key was there
 */
export function put(locked: LockedQueue, plan: PutPlan, ids: string[]): PreparedRecord[] {
  const { segment } = locked;
  const skipped: PreparedRecord[] = [];
  for (const record of plan.records.slice(ids.length)) {
    const present = record.key.length === 0 ? undefined : findKey(segment, record.key, record.keyHash);
    if (present !== undefined) {
      ids.push(segment.idOf(sequenceOf(segment, present)));
      skipped.push(record);
      continue;
    }
    const cell = writeRecord(locked, plan, record);
    failpoint('queue.put-written');
    if (plan.limitKeys !== undefined) setLimitKey(segment, cell, plan.limitKeys[ids.length]!);
    const delayed = plan.visibleAtMs !== undefined;
    setCellState(segment, cell, delayed ? CellState.Delayed : CellState.Ready, 0);
    failpoint('queue.put-published');
    ids.push(segment.idOf(sequenceOf(segment, cell)));
    if (delayed) addTimer(locked, cell);
    else addReady(locked, cell);
    addKey(segment, cell);
  }
  return skipped;
}

export function writeRecord({ segment }: LockedQueue, plan: PutPlan, record: PreparedRecord): number {
  const { words, floats } = segment;
  const cell = allocateCell(segment);
  failpoint('queue.put-allocated');
  const at = segment.cell(cell);
  const fileNumber = plan.fileNumbers.get(record);
  floats[(at + U.sequence) / 2] = plan.sequence ?? segment.nextNumber('nextSequence');
  words[at + U.priority] = plan.priority;
  words[at + U.keyLengthBytes] = record.key.length;
  words[at + U.keyHash] = record.keyHash;
  words[at + U.keyNext] = 0;
  words[at + U.filePid] = fileNumber === undefined ? 0 : process.pid;
  words[at + U.fileNumber] = fileNumber ?? 0;
  words[at + U.reason] = 0;
  setTime(segment, cell, plan.visibleAtMs ?? 0);
  writePayload(segment, cell, record.inCells);
  words[at + U.checksum] = record.sum ^ sealOf(segment, cell);
  return cell;
}
