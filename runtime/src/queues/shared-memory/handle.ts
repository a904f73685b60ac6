import { monotonicMs } from '../../clock/monotonic-ms.js';
import { type MprocError, QueueClosedError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { DeathReason } from './deaths.js';
import { Doorbell } from './doorbell.js';
import { giveBack } from './give-back.js';
import { largeValueFiles, removeFiles } from './large-values.js';
import { HEADER } from './layout.js';
import { QueueLock } from './lock.js';
import { DamageError, type QueueMemory } from './memory.js';
import { isStillMine, type Participant, register, unregister } from './participants.js';
import { assertWhole, openQueueFile, removeIfSame } from './queue-file.js';
import { queuePath } from './queue-name.js';
import { repair } from './repair.js';
import { type Store, storeOf } from './store.js';
import { leasedUnits, takeBackFromDead } from './timers.js';

/** What an action under the lock is given. */
export interface Inside {
  readonly store: Store;
  readonly me: Participant;
  readonly nowMs: number;
  /**
   * Wakes those who wait for values. To be called before anything becomes visible: they come to find the lock held, and get
   * it when all is done, or take it over when its holder dies halfway.
   */
  ringSleepers(): void;
}

const MAX_REPAIRS = 2;

/** One process's hold on a queue: its mapping, its entry among the participants, the way in and the way out. */
export class QueueHandle {
  readonly doorbell: Doorbell;
  readonly #memory: QueueMemory;
  readonly #store: Store;
  readonly #lock: QueueLock;
  readonly #lockTimeoutMs: number;
  readonly #path: string | undefined;
  #me: Participant;
  #closing: Promise<void> | undefined;

  constructor(memory: QueueMemory, options: { lockTimeoutMs: number; shared: boolean }) {
    this.#memory = memory;
    this.#store = storeOf(memory);
    this.#lock = new QueueLock(memory);
    this.#lockTimeoutMs = options.lockTimeoutMs;
    this.#path = options.shared ? queuePath(memory.name) : undefined;
    this.doorbell = new Doorbell(memory, this.#path);
    this.#me = register(memory);
  }

  /**
   * Runs an action under the lock, in one go. When it finds damage the queue is repaired and the action run again,
   * so it must go on where it was.
   * @throws QueueClosedError once the queue was closed or destroyed
   */
  async locked<R>(action: (inside: Inside) => R): Promise<R> {
    if (this.#closing) throw new QueueClosedError(this.#memory.name);
    return this.#locked(action);
  }

  async #locked<R>(action: (inside: Inside) => R): Promise<R> {
    const sinceMs = monotonicMs();
    for (let patience = 0; ; patience += 1) {
      this.#assertUsable();
      const entry = this.#lock.tryEnter(this.#me, patience);
      // No `await` from here to the release: whoever sees the lock in this handle's name outside is looking at damage.
      if (entry !== 'held') return this.#inside(action, entry === 'taken-over');
      await this.#lock.pause(patience, sinceMs, this.#lockTimeoutMs);
    }
  }

  #assertUsable(): void {
    this.#memory.assertAttached();
    if (this.#memory.destroyed) throw new QueueClosedError(this.#memory.name);
    assertWhole(this.#memory);
    if (!isStillMine(this.#memory, this.#me)) this.#me = register(this.#memory);
  }

  #inside<R>(action: (inside: Inside) => R, needsRepair: boolean): R {
    failpoint('queue.lock-held');
    const inside: Inside = {
      store: this.#store,
      me: this.#me,
      nowMs: monotonicMs(),
      ringSleepers: () => this.doorbell.ringSleepers(),
    };
    try {
      if (needsRepair) {
        this.#repair(inside);
        // Whoever died with the lock may have had leases as well; nobody has to wait for the next look at the dead.
        takeBackFromDead(inside);
      }
      return this.#repairing(action, inside);
    } finally {
      failpoint('queue.before-unlock');
      this.#lock.release();
    }
  }

  /** What was ready by its state, and in no heap, can be found after it. */
  #repair({ store, nowMs, ringSleepers }: Inside): void {
    ringSleepers();
    repair(store, nowMs);
  }

  #repairing<R>(action: (inside: Inside) => R, inside: Inside): R {
    for (let repairs = 0; ; repairs += 1) {
      try {
        return action(inside);
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
        this.#repair(inside);
        if (repairs === MAX_REPAIRS) throw error;
      }
    }
  }

  /** Gives back what this handle has leased and lets go of the queue. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#locked((inside) => {
        const { index, incarnation } = inside.me;
        const mine = leasedUnits(inside.store, (owner, its) => owner === index && its === incarnation);
        if (mine.length > 0) inside.ringSleepers();
        for (const unit of mine) giveBack(inside.store, unit, { reason: DeathReason.Nacked, refund: true });
      });
    } catch (error) {
      // Destroyed by another, or damaged: there is nothing to give back to, and letting go must not fail.
      if (!(error instanceof QueueClosedError || error instanceof DamageError)) throw error;
    } finally {
      this.#letGo();
    }
  }

  #letGo(): void {
    if (this.#memory.words.length === 0) return;
    unregister(this.#memory, this.#me);
    this.doorbell.close();
    this.#memory.detach();
    // Nobody else can reach what a private queue has left.
    if (this.#path === undefined) removeFiles(largeValueFiles(this.#memory.name).map(({ path }) => path));
  }

  /**
   * Removes the queue for everybody. May be called twice, and after `close`.
   * @throws MprocError `ERR_SYSTEM` when its files could not be removed, which can be tried again
   */
  async destroy(): Promise<void> {
    const { name, inode } = this.#memory;
    const attached = this.#memory.words.length > 0;
    if (attached) markDestroyed(this.#memory, this.doorbell);
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

function markDestroyed(memory: QueueMemory, doorbell?: Doorbell): void {
  Atomics.store(memory.words, HEADER.word.destroyed, 1);
  failpoint('queue.marked-destroyed');
  doorbell?.ring();
}

/** A handle that was closed has no mapping any more, and the name may lead to another queue by now. */
function markDestroyedByName(name: string, inode: number): void {
  let memory: QueueMemory;
  try {
    memory = openQueueFile(name, 0, false);
  } catch (error) {
    if ((error as MprocError).code === 'ERR_SYSTEM') throw error;
    return;
  }
  if (memory.inode === inode) {
    markDestroyed(memory, new Doorbell(memory, queuePath(name)));
    removeFiles(largeValueFiles(name).map(({ path }) => path));
  }
  memory.detach();
}
