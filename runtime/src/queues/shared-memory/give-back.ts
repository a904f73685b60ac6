import { failpoint } from '../../failpoints/failpoint.js';
import { DeathReason } from './deaths.js';
import { addKey, removeKey } from './dedupe.js';
import { UNIT } from './layout.js';
import { UnitState } from './state-word.js';
import { addCount, addReady, addTimer, removeTimer, type Store, setTime } from './store.js';
import { freeUnits, setUnitState, unitAttempt } from './units.js';

const U = UNIT.word;

/** What becomes of a leased unit: it is ready or delayed again, or dead. */
export interface GiveBack {
  /** Why it is dead when its attempts are used up. */
  readonly reason: DeathReason;
  /** Monotonic time from which it can be reserved again; `undefined` for at once. */
  readonly visibleAtMs?: number | undefined;
  /** Dead whatever its attempts. */
  readonly dead?: boolean | undefined;
  /** The delivery does not count. */
  readonly refund?: boolean | undefined;
}

export function giveBack(store: Store, unit: number, { reason, visibleAtMs, dead, refund }: GiveBack): void {
  const { memory } = store;
  const attempt = unitAttempt(memory, unit) - (refund ? 1 : 0);
  const allowed = memory.words[memory.unit(unit) + U.maxAttempts]! >>> 0;
  if (dead || (!refund && attempt >= allowed)) {
    bury(store, unit, attempt, reason);
    return;
  }
  removeTimer(store, unit);
  addCount(memory, 'leasedCount', -1);
  if (visibleAtMs !== undefined) setTime(memory, unit, visibleAtMs);
  setUnitState(memory, unit, visibleAtMs === undefined ? UnitState.Ready : UnitState.Delayed, attempt);
  failpoint('queue.given-back');
  if (visibleAtMs === undefined) addReady(store, unit);
  else addTimer(store, unit);
}

/** Moves a leased unit to the dead letters. */
function bury(store: Store, unit: number, attempt: number, reason: DeathReason): void {
  const { memory } = store;
  memory.words[memory.unit(unit) + U.reason] = reason;
  setUnitState(memory, unit, UnitState.Dead, attempt);
  failpoint('queue.buried');
  removeTimer(store, unit);
  addCount(memory, 'leasedCount', -1);
  addCount(memory, 'deadCount', 1);
  removeKey(memory, unit);
}

/** Moves a unit that is in no heap any more to the dead letters, because its value cannot be read. */
export function buryUnreadable({ memory }: Store, unit: number): void {
  memory.words[memory.unit(unit) + U.reason] = DeathReason.Unreadable;
  setUnitState(memory, unit, UnitState.Dead, unitAttempt(memory, unit));
  addCount(memory, 'deadCount', 1);
}

/** Puts a dead letter back as new. */
export function revive(store: Store, unit: number): void {
  const { memory } = store;
  setUnitState(memory, unit, UnitState.Ready, 0);
  failpoint('queue.revived');
  addCount(memory, 'deadCount', -1);
  addReady(store, unit);
  addKey(memory, unit);
}

/** Frees a unit and its parts. The caller has taken it, or will take it, out of heaps and counts. */
export function free({ memory }: Store, unit: number, whenDone?: () => void): void {
  setUnitState(memory, unit, UnitState.Free, 0);
  failpoint('queue.freed');
  whenDone?.();
  freeUnits(memory, unit);
}
