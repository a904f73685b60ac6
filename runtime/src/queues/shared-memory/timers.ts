import { failpoint } from '../../failpoints/failpoint.js';
import { DeathReason } from './deaths.js';
import { giveBack } from './give-back.js';
import type { Inside } from './handle.js';
import { UNIT } from './layout.js';
import { isOwnerGone } from './participants.js';
import { UnitState } from './state-word.js';
import { addReady, type Store } from './store.js';
import { setUnitState, unitAttempt, unitState } from './units.js';

/** Makes ready what was delayed until now, and takes back leases that have ended. */
export function runTimers({ store, nowMs, ringSleepers }: Inside): void {
  const { memory, timers } = store;
  if (timers.count === 0 || timers.orderAt(0) > nowMs) return;
  ringSleepers();
  // A time that is no number is due: damage must not keep a value forever.
  while (timers.count > 0 && !(timers.orderAt(0) > nowMs)) {
    const unit = timers.unitAt(0);
    const state = unitState(memory, unit);
    if (state === UnitState.Leased) giveBack(store, unit, { reason: DeathReason.Expired });
    else if (state === UnitState.Delayed) makeReady(store, unit);
    else throw memory.damage(`unit ${unit} has a timer and is neither delayed nor leased`);
  }
}

function makeReady(store: Store, unit: number): void {
  const { memory, timers } = store;
  timers.pop();
  setUnitState(memory, unit, UnitState.Ready, unitAttempt(memory, unit));
  failpoint('queue.delay-over');
  addReady(store, unit);
}

/** When the next timer is due, in monotonic milliseconds; `undefined` when there is none. */
export function nextTimerMs({ timers }: Store): number | undefined {
  return timers.count === 0 ? undefined : timers.orderAt(0);
}

/** The leases that `wanted` says yes to, by participant and incarnation. */
export function leasedUnits(store: Store, wanted: (owner: number, incarnation: number) => boolean): number[] {
  const { memory, timers } = store;
  const found: number[] = [];
  const count = timers.count;
  for (let index = 0; index < count; index += 1) {
    const unit = timers.unitAt(index);
    if (unitState(memory, unit) !== UnitState.Leased) continue;
    const at = memory.unit(unit);
    if (wanted(memory.words[at + UNIT.word.owner]!, memory.words[at + UNIT.word.incarnation]!))
      found.push(unit);
  }
  return found;
}

/** Takes back what dead processes had leased. Each owner is looked up once. */
export function takeBackFromDead({ store, ringSleepers }: Inside): void {
  const gone = new Map<string, boolean>();
  const orphans = leasedUnits(store, (owner, incarnation) => {
    const key = `${owner}.${incarnation}`;
    if (!gone.has(key)) gone.set(key, isOwnerGone(store.memory, owner, incarnation));
    return gone.get(key) === true;
  });
  if (orphans.length > 0) ringSleepers();
  for (const unit of orphans) giveBack(store, unit, { reason: DeathReason.OwnerDied });
}
