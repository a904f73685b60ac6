import type { Lease, NackOptions, Outcome } from '../../contracts/queue.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { DeathReason } from './deaths.js';
import { removeKey } from './dedupe.js';
import { free, giveBack } from './give-back.js';
import { UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { UnitState } from './state-word.js';
import { addCount, addTimer, removeTimer, type Store, setTime, timeOf } from './store.js';
import { largeFileOf } from './take.js';
import { unitState } from './units.js';

/** A lease's token names its unit and its delivery, so nothing has to be searched. */
export function tokenOf(unit: number, delivery: number): string {
  return `${unit}.${delivery}`;
}

/** The unit of a lease that is still its holder's; `undefined` when it is lost. */
function heldUnit(memory: QueueMemory, lease: Lease<unknown>, nowMs: number): number | undefined {
  const token = String(lease.token);
  const dot = token.indexOf('.');
  const unit = Number(token.slice(0, dot));
  if (dot < 1 || !Number.isInteger(unit) || unit < 0 || unit >= memory.unitCount) return undefined;
  if (unitState(memory, unit) !== UnitState.Leased || timeOf(memory, unit) <= nowMs) return undefined;
  const delivery = memory.floats[(memory.unit(unit) + UNIT.word.token) / 2]!;
  return delivery === Number(token.slice(dot + 1)) ? unit : undefined;
}

/** Applies `change` to each lease that is still held, after those that have their outcome already. */
function settle(
  { memory }: Store,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  change: (unit: number, done: () => void) => void,
): void {
  for (const lease of leases.slice(outcomes.length)) {
    const unit = heldUnit(memory, lease, nowMs);
    if (unit === undefined) outcomes.push('lost');
    else change(unit, () => outcomes.push('ok'));
  }
}

/** Frees the values; the files of large ones are added to `files`, to be removed outside the lock. */
export function ack(
  store: Store,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  files: string[],
): void {
  const { memory } = store;
  settle(store, leases, nowMs, outcomes, (unit, done) => {
    const file = largeFileOf(memory, unit);
    removeKey(memory, unit);
    removeTimer(store, unit);
    addCount(memory, 'leasedCount', -1);
    failpoint('queue.ack-unlisted');
    free(store, unit, done);
    if (file !== undefined) files.push(file);
  });
}

export function nack(
  store: Store,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  { delayMs = 0, dead, refund }: NackOptions,
  reason: DeathReason = dead ? DeathReason.SentByHolder : DeathReason.Nacked,
): void {
  settle(store, leases, nowMs, outcomes, (unit, done) => {
    giveBack(store, unit, {
      reason,
      visibleAtMs: delayMs > 0 ? nowMs + delayMs : undefined,
      dead,
      refund,
    });
    done();
  });
}

export function extend(
  store: Store,
  leases: readonly Lease<unknown>[],
  nowMs: number,
  outcomes: Outcome[],
  ms: number,
): void {
  settle(store, leases, nowMs, outcomes, (unit, done) => {
    removeTimer(store, unit);
    setTime(store.memory, unit, nowMs + ms);
    failpoint('queue.extended');
    addTimer(store, unit);
    done();
  });
}
