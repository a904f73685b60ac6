import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Lease, QueueLimit } from '../../contracts/queue.js';
import { type Claim, claim } from './claim.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { decodeCopy } from './decode.js';
import { nextTimerMs, reclaimFromDead, runDueTimers } from './expiry.js';
import { removeOrphans } from './large-values.js';
import { HEADER } from './layout.js';
import { removeDeadParticipants } from './participants.js';
import type { CriticalSection, QueueConnection } from './queue-connection.js';
import type { QueueSegment } from './queue-segment.js';
import { nack, tokenOf } from './settle.js';

const LOOK_FOR_DEATHS_MS = 100;
const SLEEP_WHILE_LEASED_MS = 250;
const MAX_SLEEP_MS = 2 ** 30;

interface Look {
  readonly claims: Claim[];
  /** Monotonic time at which the leases end. */
  readonly deadlineMs: number;
  /** When it makes sense to look again without being woken. */
  readonly sleepMs: number;
  /** The count of notifications to sleep by, where nothing was found. */
  readonly count: number;
}

/** Reserves values, and sleeps while there are none. */
export class Consumer {
  readonly #connection: QueueConnection;
  readonly #segment: QueueSegment;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  #lookedForDeathsMs = 0;
  #hasOrphans = false;

  constructor(
    connection: QueueConnection,
    segment: QueueSegment,
    { leaseMs, maxAttempts }: { leaseMs: number; maxAttempts: number },
  ) {
    this.#connection = connection;
    this.#segment = segment;
    this.#leaseMs = leaseMs;
    this.#maxAttempts = maxAttempts;
  }

  async reserve(
    max: number,
    waitMs: number,
    signal: AbortSignal | undefined,
    limit?: QueueLimit,
  ): Promise<Lease<unknown>[]> {
    const { eventCount } = this.#connection;
    const giveUpAtMs = monotonicMs() + waitMs;
    let hasSlept = false;
    try {
      for (;;) {
        const { claims, deadlineMs, sleepMs, count } = await this.#look(max, waitMs > 0, signal, limit);
        const leases = await this.#decode(claims, deadlineMs);
        if (leases.length > 0 || max === 0 || signal?.aborted) return leases;
        const leftMs = giveUpAtMs - monotonicMs();
        if (claims.length > 0) continue;
        if (leftMs <= 0) return [];
        hasSlept = true;
        await eventCount.wait(count, Math.min(leftMs, sleepMs), signal);
        if (signal?.aborted) return [];
      }
    } finally {
      // It may have been woken in place of another.
      if (hasSlept) eventCount.wakeNext();
    }
  }

  #look(
    max: number,
    waits: boolean,
    signal: AbortSignal | undefined,
    limit: QueueLimit | undefined,
  ): Promise<Look> {
    const claims: Claim[] = [];
    return this.#connection.withLock((section) => {
      const { locked, me, nowMs } = section;
      const deadlineMs = nowMs + this.#leaseMs;
      // Of those that are ready, all may wait for what the dead hold.
      this.#takeBack(section, limit === undefined ? max : Infinity);
      // The wait for the lock may have been long.
      const policy = { me, deadlineMs, maxAttempts: this.#maxAttempts, limit };
      if (!signal?.aborted) claim(locked, max, policy, claims);
      const count = waits && claims.length === 0 ? this.#connection.eventCount.prepareWait() : 0;
      return { claims, deadlineMs, sleepMs: this.#sleepMs(section), count };
    });
  }

  /** Brings back what is due. Looks for dead processes only when it has to wait anyway, and not all the time. */
  #takeBack(section: CriticalSection, max: number): void {
    const { locked, nowMs } = section;
    runDueTimers(section);
    if (locked.ready.count >= max || nowMs - this.#lookedForDeathsMs < LOOK_FOR_DEATHS_MS) return;
    this.#lookedForDeathsMs = nowMs;
    reclaimFromDead(section);
    if (removeDeadParticipants(locked.segment).length > 0) this.#hasOrphans = true;
    if (this.#hasOrphans) this.#hasOrphans = !removeOrphans(locked);
  }

  #sleepMs({ locked, nowMs }: CriticalSection): number {
    const nextMs = nextTimerMs(locked);
    const untilNextMs = nextMs === undefined ? MAX_SLEEP_MS : Math.max(0, nextMs - nowMs);
    const leased = locked.segment.words[HEADER.word.leasedCount] !== 0;
    return Math.min(untilNextMs, leased ? SLEEP_WHILE_LEASED_MS : MAX_SLEEP_MS);
  }

  /**
   * Leases of what can be read; the rest goes to the dead letters, but for what only cannot be read now: that is given back.
   * @throws MprocError `ERR_SYSTEM` when there is nothing else
   */
  async #decode(claims: readonly Claim[], deadlineMs: number): Promise<Lease<unknown>[]> {
    // What is left of the lease: this process may have been held up since it began.
    const deadline = wallClockMs() + deadlineMs - monotonicMs();
    const leases: Lease<unknown>[] = [];
    const broken: Lease<unknown>[] = [];
    const unread: Lease<unknown>[] = [];
    let problem: unknown;
    for (const delivery of claims) {
      const lease = this.#leaseOf(delivery, deadline);
      try {
        const decoded = decodeCopy(delivery.copy);
        if ('value' in decoded) leases.push({ ...lease, value: decoded.value });
        else broken.push(lease);
      } catch (error) {
        problem = error;
        unread.push(lease);
      }
    }
    if (broken.length > 0)
      await this.#connection.withLock(({ locked, nowMs }) =>
        nack(locked, broken, nowMs, [], { dead: true }, DeadLetterReason.Unreadable),
      );
    if (unread.length > 0)
      await this.#connection.withLock(({ locked, nowMs, notifySleepers }) => {
        notifySleepers();
        nack(locked, unread, nowMs, [], { refund: true });
      });
    if (leases.length === 0 && unread.length > 0) throw problem;
    return leases;
  }

  #leaseOf({ copy, token, attempt, isLimited }: Claim, deadline: number): Lease<unknown> {
    const id = this.#segment.idOf(copy.sequence);
    const lease = { id, token: tokenOf(copy.cell, token), value: undefined, attempt, deadline };
    return isLimited ? { ...lease, isLimited } : lease;
  }
}
