import type { QueueCounts } from '../../contracts/queue.js';
import { deathReasonText } from './deaths.js';
import { removeKey } from './dedupe.js';
import { buryUnreadable, free, revive } from './give-back.js';
import { HEADER, UNIT } from './layout.js';
import { UnitState } from './state-word.js';
import { addCount, addReady, removeTimer, type Store, sequenceOf } from './store.js';
import { largeFileOf, type Taken, takeUnit } from './take.js';
import { unitAttempt, unitState } from './units.js';

const H = HEADER.word;

export function counts({ memory, ready, timers }: Store): QueueCounts {
  const leased = memory.words[H.leasedCount]!;
  const dead = memory.words[H.deadCount]!;
  const delayed = timers.count - leased;
  if (leased < 0 || delayed < 0 || dead < 0) throw memory.damage('a count is negative');
  return { ready: ready.count, delayed, leased, dead };
}

/** The units that are ready or delayed, oldest first. */
export function waitingUnits({ memory, ready, timers }: Store): number[] {
  const units: number[] = [];
  for (let index = 0; index < ready.count; index += 1) units.push(ready.unitAt(index));
  for (let index = 0; index < timers.count; index += 1) {
    const unit = timers.unitAt(index);
    if (unitState(memory, unit) === UnitState.Delayed) units.push(unit);
  }
  return sortBySequence(units, (unit) => sequenceOf(memory, unit));
}

function sortBySequence(units: number[], sequence: (unit: number) => number): number[] {
  const keyed = units.map((unit) => [sequence(unit), unit] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, unit]) => unit);
}

/** Copies of the values that are ready or delayed, from a position on. */
export function peek(store: Store, from: number, limit: number): Taken[] {
  return waitingUnits(store)
    .slice(from, from + limit)
    .map((unit) => takeUnit(store.memory, unit));
}

/**
 * Removes what is ready or delayed, the oldest `limit` of them.
 * @param reading `read` makes something of each value before anything is changed, and may throw; `accept` says whether
 *   that is a value: what is not goes to the dead letters. Without it none is read
 * @param files to which those of large values are added, to be removed outside the lock
 * @returns how many it removed
 */
export function drain<Read>(
  store: Store,
  limit: number,
  files: string[],
  reading?: { read(taken: Taken): Read; accept(read: Read): boolean },
): number {
  const units = waitingUnits(store).slice(0, limit);
  const read = reading && units.map((unit) => reading.read(takeUnit(store.memory, unit)));
  unlist(store, units);
  for (const [index, unit] of units.entries()) {
    if (reading && read && !reading.accept(read[index]!)) buryUnreadable(store, unit);
    else {
      const file = largeFileOf(store.memory, unit);
      if (file !== undefined) files.push(file);
      free(store, unit);
    }
  }
  return units.length;
}

/** Takes ready and delayed units out of the heaps and buckets. */
function unlist(store: Store, units: readonly number[]): void {
  const { memory, ready } = store;
  const gone = new Set(units);
  const kept: number[] = [];
  for (let index = 0; index < ready.count; index += 1)
    if (!gone.has(ready.unitAt(index))) kept.push(ready.unitAt(index));
  ready.clear();
  for (const unit of kept) addReady(store, unit);
  for (const unit of units) {
    if (unitState(memory, unit) === UnitState.Delayed) removeTimer(store, unit);
    removeKey(memory, unit);
  }
}

export interface DeadRecord extends Taken {
  readonly attempt: number;
  readonly reason: string;
}

/** The dead letters, oldest first. */
export function deadUnits({ memory }: Store): number[] {
  if (memory.words[H.deadCount] === 0) return [];
  const units: number[] = [];
  for (let unit = 0; unit < memory.unitCount; unit += 1)
    if (unitState(memory, unit) === UnitState.Dead) units.push(unit);
  return sortBySequence(units, (unit) => sequenceOf(memory, unit));
}

export function deadRecords(store: Store, limit: number): DeadRecord[] {
  const { memory } = store;
  return deadUnits(store)
    .slice(0, limit)
    .map((unit) => ({
      ...takeUnit(memory, unit),
      attempt: unitAttempt(memory, unit),
      reason: deathReasonText(memory.words[memory.unit(unit) + UNIT.word.reason]!),
    }));
}

export function requeueDead(store: Store, ids: ReadonlySet<string> | undefined): number {
  const { memory } = store;
  const chosen = deadUnits(store).filter(
    (unit) => ids === undefined || ids.has(memory.idOf(sequenceOf(memory, unit))),
  );
  for (const unit of chosen) revive(store, unit);
  return chosen.length;
}

export function clearDead(store: Store, files: string[]): number {
  const { memory } = store;
  const units = deadUnits(store);
  for (const unit of units) {
    const file = largeFileOf(memory, unit);
    if (file !== undefined) files.push(file);
    free(store, unit);
    addCount(memory, 'deadCount', -1);
  }
  return units.length;
}
