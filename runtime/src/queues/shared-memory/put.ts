import { QueueFullError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { addKey, findKey } from './dedupe.js';
import { HEADER, UNIT } from './layout.js';
import { sealOf, writePayload } from './payload.js';
import type { PreparedRecord } from './record.js';
import { UnitState } from './state-word.js';
import { addReady, addTimer, type Store, sequenceOf, setTime } from './store.js';
import { allocateUnit, setUnitState } from './units.js';

const U = UNIT.word;

export interface PutPlan {
  readonly records: readonly PreparedRecord[];
  /** Number of the file of each large record, made before. */
  readonly fileNumbers: ReadonlyMap<PreparedRecord, number>;
  readonly priority: number;
  /** Monotonic time from which they can be reserved; `undefined` for now. */
  readonly visibleAtMs: number | undefined;
}

/** @throws QueueFullError unless all of them fit: all are put or none */
export function assertRoom({ memory }: Store, records: readonly PreparedRecord[]): void {
  let needed = 0;
  for (const record of records) needed += record.unitCount;
  const free = memory.words[HEADER.word.freeCount]!;
  if (needed <= free) return;
  throw new QueueFullError(
    memory.name,
    `queue ${memory.name} has room for ${free} more parts of ${UNIT.lengthBytes} bytes, ${needed} are needed; take values out, or make it with more \`memoryBytes\``,
  );
}

/**
 * Publishes the records after those whose ids are there already, so that it can be called again after a repair.
 * @returns the records that were not put, because their key was there
 */
export function put(store: Store, plan: PutPlan, ids: string[]): PreparedRecord[] {
  const { memory } = store;
  const skipped: PreparedRecord[] = [];
  for (const record of plan.records.slice(ids.length)) {
    const present = record.key.length === 0 ? undefined : findKey(memory, record.key, record.keyHash);
    if (present !== undefined) {
      ids.push(memory.idOf(sequenceOf(memory, present)));
      skipped.push(record);
      continue;
    }
    const unit = writeRecord(store, plan, record);
    failpoint('queue.put-written');
    const delayed = plan.visibleAtMs !== undefined;
    setUnitState(memory, unit, delayed ? UnitState.Delayed : UnitState.Ready, 0);
    failpoint('queue.put-published');
    ids.push(memory.idOf(sequenceOf(memory, unit)));
    if (delayed) addTimer(store, unit);
    else addReady(store, unit);
    addKey(memory, unit);
  }
  return skipped;
}

function writeRecord({ memory }: Store, plan: PutPlan, record: PreparedRecord): number {
  const { words, floats } = memory;
  const unit = allocateUnit(memory);
  failpoint('queue.put-allocated');
  const at = memory.unit(unit);
  const fileNumber = plan.fileNumbers.get(record);
  floats[(at + U.sequence) / 2] = memory.nextNumber('nextSequence');
  words[at + U.priority] = plan.priority;
  words[at + U.keyLengthBytes] = record.key.length;
  words[at + U.keyHash] = record.keyHash;
  words[at + U.keyNext] = 0;
  words[at + U.filePid] = fileNumber === undefined ? 0 : process.pid;
  words[at + U.fileNumber] = fileNumber ?? 0;
  words[at + U.reason] = 0;
  setTime(memory, unit, plan.visibleAtMs ?? 0);
  writePayload(memory, unit, record.inUnits);
  words[at + U.checksum] = record.sum ^ sealOf(memory, unit);
  return unit;
}
