import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Lease } from '../../contracts/queue.js';
import { DeathReason } from './deaths.js';
import { decodeTaken } from './decode.js';
import { type Delivery, deliver } from './deliver.js';
import type { Inside, QueueHandle } from './handle.js';
import { removeOrphans } from './large-values.js';
import { HEADER } from './layout.js';
import type { QueueMemory } from './memory.js';
import { removeDeadParticipants } from './participants.js';
import { nack, tokenOf } from './settle.js';
import { nextTimerMs, runTimers, takeBackFromDead } from './timers.js';

const LOOK_FOR_DEATHS_MS = 100;
const SLEEP_WHILE_LEASED_MS = 250;
const MAX_SLEEP_MS = 2 ** 30;

interface Look {
  readonly deliveries: Delivery[];
  /** Monotonic time at which the leases end. */
  readonly deadlineMs: number;
  /** When it makes sense to look again without being woken. */
  readonly sleepMs: number;
  /** The count of rings to sleep by, where nothing was found. */
  readonly rings: number;
}

/** Reserves values, and sleeps while there are none. */
export class Reserver {
  readonly #handle: QueueHandle;
  readonly #memory: QueueMemory;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  #lookedForDeathsMs = 0;
  #hasOrphans = false;

  constructor(
    handle: QueueHandle,
    memory: QueueMemory,
    { leaseMs, maxAttempts }: { leaseMs: number; maxAttempts: number },
  ) {
    this.#handle = handle;
    this.#memory = memory;
    this.#leaseMs = leaseMs;
    this.#maxAttempts = maxAttempts;
  }

  async reserve(max: number, waitMs: number, signal: AbortSignal | undefined): Promise<Lease<unknown>[]> {
    const giveUpAtMs = monotonicMs() + waitMs;
    for (;;) {
      const { deliveries, deadlineMs, sleepMs, rings } = await this.#look(max, waitMs > 0, signal);
      const leases = await this.#decode(deliveries, deadlineMs);
      if (leases.length > 0 || max === 0 || signal?.aborted) return leases;
      const leftMs = giveUpAtMs - monotonicMs();
      if (deliveries.length > 0) continue;
      if (leftMs <= 0) return [];
      await this.#handle.doorbell.wait(rings, Math.min(leftMs, sleepMs), signal);
      if (signal?.aborted) return [];
    }
  }

  #look(max: number, waits: boolean, signal: AbortSignal | undefined): Promise<Look> {
    const deliveries: Delivery[] = [];
    return this.#handle.locked((inside) => {
      const { store, me, nowMs } = inside;
      const deadlineMs = nowMs + this.#leaseMs;
      this.#takeBack(inside, max);
      // The wait for the lock may have been long.
      if (!signal?.aborted)
        deliver(store, max, { me, deadlineMs, maxAttempts: this.#maxAttempts }, deliveries);
      const rings = waits && deliveries.length === 0 ? this.#handle.doorbell.expectRing() : 0;
      return { deliveries, deadlineMs, sleepMs: this.#sleepMs(inside), rings };
    });
  }

  /** Brings back what is due. Looks for dead processes only when it has to wait anyway, and not all the time. */
  #takeBack(inside: Inside, max: number): void {
    const { store, nowMs } = inside;
    runTimers(inside);
    if (store.ready.count >= max || nowMs - this.#lookedForDeathsMs < LOOK_FOR_DEATHS_MS) return;
    this.#lookedForDeathsMs = nowMs;
    takeBackFromDead(inside);
    if (removeDeadParticipants(store.memory).length > 0) this.#hasOrphans = true;
    if (this.#hasOrphans) this.#hasOrphans = !removeOrphans(store);
  }

  #sleepMs({ store, nowMs }: Inside): number {
    const nextMs = nextTimerMs(store);
    const untilNextMs = nextMs === undefined ? MAX_SLEEP_MS : Math.max(0, nextMs - nowMs);
    const leased = store.memory.words[HEADER.word.leasedCount] !== 0;
    return Math.min(untilNextMs, leased ? SLEEP_WHILE_LEASED_MS : MAX_SLEEP_MS);
  }

  /**
   * Leases of what can be read; the rest goes to the dead letters, but for what only cannot be read now: that is given back.
   * @throws MprocError `ERR_SYSTEM` when there is nothing else
   */
  async #decode(deliveries: readonly Delivery[], deadlineMs: number): Promise<Lease<unknown>[]> {
    // What is left of the lease: this process may have been held up since it began.
    const deadline = wallClockMs() + deadlineMs - monotonicMs();
    const leases: Lease<unknown>[] = [];
    const broken: Lease<unknown>[] = [];
    const unread: Lease<unknown>[] = [];
    let problem: unknown;
    for (const delivery of deliveries) {
      const lease = this.#leaseOf(delivery, deadline);
      try {
        const decoded = decodeTaken(delivery.taken);
        if ('value' in decoded) leases.push({ ...lease, value: decoded.value });
        else broken.push(lease);
      } catch (error) {
        problem = error;
        unread.push(lease);
      }
    }
    if (broken.length > 0)
      await this.#handle.locked(({ store, nowMs }) =>
        nack(store, broken, nowMs, [], { dead: true }, DeathReason.Unreadable),
      );
    if (unread.length > 0)
      await this.#handle.locked(({ store, nowMs, ringSleepers }) => {
        ringSleepers();
        nack(store, unread, nowMs, [], { refund: true });
      });
    if (leases.length === 0 && unread.length > 0) throw problem;
    return leases;
  }

  #leaseOf({ taken, token, attempt }: Delivery, deadline: number): Lease<unknown> {
    const id = this.#memory.idOf(taken.sequence);
    return { id, token: tokenOf(taken.unit, token), value: undefined, attempt, deadline };
  }
}
