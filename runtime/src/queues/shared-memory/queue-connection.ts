import { monotonicMs } from '../../clock/monotonic-ms.js';
import { type MprocError, QueueClosedError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { EventCount } from './event-count.js';
import { leasedCells, reclaimFromDead } from './expiry.js';
import { largeValueFiles, removeFiles } from './large-values.js';
import { HEADER } from './layout.js';
import { QueueLock } from './lock.js';
import { type LockedQueue, lockedQueueOf } from './locked-queue.js';
import { isStillMine, type Participant, register, unregister } from './participants.js';
import { assertWhole, openQueueFile, removeIfSame } from './queue-file.js';
import { queuePath } from './queue-name.js';
import { DamageError, type QueueSegment } from './queue-segment.js';
import { releaseLease } from './release-lease.js';
import { repair } from './repair.js';

/** What an action under the lock is given. */
export interface CriticalSection {
  readonly locked: LockedQueue;
  readonly me: Participant;
  readonly nowMs: number;
  /**
   * Wakes those who wait for values. To be called before anything becomes visible: they come to find the lock held, and get
   * it when all is done, or take it over when its holder dies halfway.
   */
  notifySleepers(): void;
}

const MAX_REPAIRS = 2;

/** One process's hold on a queue: its mapping, its entry among the participants, the way in and the way out. */
export class QueueConnection {
  readonly eventCount: EventCount;
  readonly #segment: QueueSegment;
  readonly #lockedQueue: LockedQueue;
  readonly #lock: QueueLock;
  readonly #lockTimeoutMs: number;
  readonly #path: string | undefined;
  #me: Participant;
  #closing: Promise<void> | undefined;

  constructor(segment: QueueSegment, options: { lockTimeoutMs: number; shared: boolean }) {
    this.#segment = segment;
    this.#lockedQueue = lockedQueueOf(segment);
    this.#lock = new QueueLock(segment);
    this.#lockTimeoutMs = options.lockTimeoutMs;
    this.#path = options.shared ? queuePath(segment.name) : undefined;
    this.eventCount = new EventCount(segment, this.#path);
    this.#me = register(segment);
  }

  /**
   * Runs an action under the lock, in one go. When it finds damage the queue is repaired and the action run again,
   * so it must go on where it was.
   * @throws QueueClosedError once the queue was closed or destroyed
   */
  async withLock<R>(action: (section: CriticalSection) => R): Promise<R> {
    if (this.#closing) throw new QueueClosedError(this.#segment.name);
    return this.#withLock(action);
  }

  async #withLock<R>(action: (section: CriticalSection) => R): Promise<R> {
    const sinceMs = monotonicMs();
    for (let tries = 0; ; tries += 1) {
      this.#assertUsable();
      const entry = this.#lock.tryEnter(this.#me, tries);
      // No `await` from here to the release: whoever sees the lock in this connection's name outside is looking at damage.
      if (entry !== 'held') return this.#section(action, entry === 'taken-over');
      await this.#lock.pause(tries, sinceMs, this.#lockTimeoutMs);
    }
  }

  #assertUsable(): void {
    this.#segment.assertAttached();
    if (this.#segment.destroyed) throw new QueueClosedError(this.#segment.name);
    assertWhole(this.#segment);
    if (!isStillMine(this.#segment, this.#me)) this.#me = register(this.#segment);
  }

  #section<R>(action: (section: CriticalSection) => R, needsRepair: boolean): R {
    failpoint('queue.lock-held');
    const section: CriticalSection = {
      locked: this.#lockedQueue,
      me: this.#me,
      nowMs: monotonicMs(),
      notifySleepers: () => this.eventCount.notifySleepers(),
    };
    try {
      if (needsRepair) {
        this.#repair(section);
        // Whoever died with the lock may have had leases as well; nobody has to wait for the next look at the dead.
        reclaimFromDead(section);
      }
      return this.#repairing(action, section);
    } finally {
      failpoint('queue.before-unlock');
      this.#lock.release();
    }
  }

  /** What was ready by its state, and in no heap, can be found after it. */
  #repair({ locked, nowMs, notifySleepers }: CriticalSection): void {
    notifySleepers();
    repair(locked, nowMs);
  }

  #repairing<R>(action: (section: CriticalSection) => R, section: CriticalSection): R {
    for (let repairs = 0; ; repairs += 1) {
      try {
        return action(section);
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
        this.#repair(section);
        if (repairs === MAX_REPAIRS) throw error;
      }
    }
  }

  /** Gives back what this connection has leased and lets go of the queue. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#withLock((section) => {
        const { index, incarnation } = section.me;
        const mine = leasedCells(section.locked, (owner, its) => owner === index && its === incarnation);
        if (mine.length > 0) section.notifySleepers();
        for (const cell of mine)
          releaseLease(section.locked, cell, { reason: DeadLetterReason.Nacked, refund: true });
      });
    } catch (error) {
      // Destroyed by another, or damaged: there is nothing to give back to, and letting go must not fail.
      if (!(error instanceof QueueClosedError || error instanceof DamageError)) throw error;
    } finally {
      this.#letGo();
    }
  }

  #letGo(): void {
    if (this.#segment.words.length === 0) return;
    unregister(this.#segment, this.#me);
    this.eventCount.close();
    this.#segment.detach();
    // Nobody else can reach what a private queue has left.
    if (this.#path === undefined) removeFiles(largeValueFiles(this.#segment.name).map(({ path }) => path));
  }

  /**
   * Removes the queue for everybody. May be called twice, and after `close`.
   * @throws MprocError `ERR_SYSTEM` when its files could not be removed, which can be tried again
   */
  async destroy(): Promise<void> {
    const { name, inode } = this.#segment;
    const attached = this.#segment.words.length > 0;
    if (attached) markDestroyed(this.#segment, this.eventCount);
    this.#closing ??= Promise.resolve();
    try {
      if (this.#path === undefined) return;
      if (!attached) markDestroyedByName(name, inode);
      else removeFiles(largeValueFiles(name).map(({ path }) => path));
      removeIfSame(this.#path, inode);
    } finally {
      await this.#closing;
      this.#letGo();
    }
  }
}

function markDestroyed(segment: QueueSegment, eventCount?: EventCount): void {
  Atomics.store(segment.words, HEADER.word.destroyed, 1);
  failpoint('queue.marked-destroyed');
  eventCount?.notify();
}

/** A connection that was closed has no mapping any more, and the name may lead to another queue by now. */
function markDestroyedByName(name: string, inode: number): void {
  let segment: QueueSegment;
  try {
    segment = openQueueFile(name, 0, false);
  } catch (error) {
    if ((error as MprocError).code === 'ERR_SYSTEM') throw error;
    return;
  }
  if (segment.inode === inode) {
    markDestroyed(segment, new EventCount(segment, queuePath(name)));
    removeFiles(largeValueFiles(name).map(({ path }) => path));
  }
  segment.detach();
}
