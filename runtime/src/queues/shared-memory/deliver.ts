import { failpoint } from '../../failpoints/failpoint.js';
import { UNIT } from './layout.js';
import type { Participant } from './participants.js';
import { UnitState } from './state-word.js';
import { addCount, addTimer, type Store, setTime } from './store.js';
import { type Taken, takeUnit } from './take.js';
import { setUnitState, unitAttempt, unitState } from './units.js';

const U = UNIT.word;

export interface Delivery {
  readonly taken: Taken;
  readonly token: number;
  readonly attempt: number;
}

export interface DeliveryPolicy {
  readonly me: Participant;
  /** Monotonic time at which the leases end. */
  readonly deadlineMs: number;
  readonly maxAttempts: number;
}

/** Leases ready values until there are `max`, adding to those there are, so that it can be called again after a repair. */
export function deliver(store: Store, max: number, policy: DeliveryPolicy, deliveries: Delivery[]): void {
  const { memory, ready } = store;
  while (deliveries.length < max && ready.count > 0) {
    const unit = ready.unitAt(0);
    if (unitState(memory, unit) !== UnitState.Ready) throw memory.damage(`unit ${unit} is listed as ready`);
    const token = memory.nextNumber('nextToken');
    const attempt = unitAttempt(memory, unit) + 1;
    const taken = takeUnit(memory, unit);
    writeLease(store, unit, token, policy);
    failpoint('queue.lease-written');
    setUnitState(memory, unit, UnitState.Leased, attempt);
    failpoint('queue.leased');
    deliveries.push({ taken, token, attempt });
    ready.removeAt(0);
    addTimer(store, unit);
    addCount(memory, 'leasedCount', 1);
  }
}

function writeLease({ memory }: Store, unit: number, token: number, policy: DeliveryPolicy): void {
  const { words, floats } = memory;
  const at = memory.unit(unit);
  words[at + U.owner] = policy.me.index;
  words[at + U.incarnation] = policy.me.incarnation;
  words[at + U.maxAttempts] = policy.maxAttempts;
  floats[(at + U.token) / 2] = token;
  setTime(memory, unit, policy.deadlineMs);
}
