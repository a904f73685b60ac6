import { type FSWatcher, watch, writeSync } from 'node:fs';
import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { clearInterval, clearTimeout, setInterval, setTimeout } from '../../clock/timers.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { HEADER } from './layout.js';
import type { QueueSegment } from './queue-segment.js';

const { sleepers: SLEEPERS, eventCount: COUNT } = HEADER.word;
/** Who sleeps looks so often, in milliseconds, whether a notification was missed: one load from memory, and no lock. */
const LOOK_BACK_MS = 1_000;
/** The same where the file cannot be watched. */
const LOOK_BACK_UNWATCHED_MS = 50;

/**
 * Lets a connection sleep until another process has put something.
 *
 * - who found nothing sets `sleepers` under the lock and keeps the count of notifications; then it sleeps until that has changed
 * - who is about to make something visible notifies first, under the same hold of the lock, and only then clears `sleepers`:
 *   those who are notified wait for the lock, and take it over if its holder dies, so no death takes a notification along
 * - a notification counts `eventCount` up and writes it to the queue's file, which wakes all processes that watch the file (inotify)
 * - of those who wait on one connection it wakes one; whoever has slept, and leaves for any reason, wakes the next. So what
 *   a value costs does not grow with how many wait for one
 * - where a file cannot be watched (no inotify instances left), who sleeps looks at the count every 50 ms; otherwise every
 *   second, as the system drops what it has to tell when too much has happened at once
 */
export class EventCount {
  readonly #segment: QueueSegment;
  readonly #path: string | undefined;
  readonly #waiting = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #watchable = true;
  #closed = false;

  constructor(segment: QueueSegment, path: string | undefined) {
    this.#segment = segment;
    this.#path = path;
  }

  /**
   * Under the lock, by who has found nothing: from now on a notification will come.
   * @returns the count of notifications so far, for `wait`
   */
  prepareWait(): number {
    if (this.#path !== undefined) this.#startWatching(this.#path);
    // SYNC: after the look, under its hold of the lock; pairs with the load in `notifySleepers` under the next one.
    Atomics.store(this.#segment.words, SLEEPERS, 1);
    return this.#count();
  }

  /** Under the lock, by who is about to make something visible: before anybody could see it. */
  notifySleepers(): void {
    if (Atomics.load(this.#segment.words, SLEEPERS) === 0) return;
    failpoint('queue.ring-due');
    this.notify();
    failpoint('queue.rung');
    // SYNC: after the notification, so that who dies in between leaves a notification too many and not one too few.
    Atomics.store(this.#segment.words, SLEEPERS, 0);
  }

  /** Wakes one that sleeps here, and one of each other connection; all when the queue is destroyed. */
  notify(): void {
    if (this.#closed) return;
    const count = Atomics.add(this.#segment.words, COUNT, 1) + 1;
    this.#heard();
    if (this.#path !== undefined) this.#tellWatchers(count);
  }

  #tellWatchers(count: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(count | 0);
    try {
      writeSync(this.#segment.mapping.fd, bytes, 0, bytes.length, HEADER.byte.eventCount);
    } catch {
      // They have the count all the same, and look at it. What is to be made visible must not fail for a notification.
    }
  }

  /** There was a notification. */
  #heard(): void {
    if (this.#closed || this.#segment.destroyed) this.#wakeAll();
    else this.wakeNext();
  }

  /**
   * Wakes who has slept the longest. Whoever has slept and leaves calls this, whether it takes a value along or not: there may be
   * more, or it may have been woken in vain, as its time was over as well. test/runtime/model/queue-model.ts has what is lost otherwise.
   */
  wakeNext(): void {
    const [wake] = this.#waiting;
    wake?.();
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Resolves at a notification after the count that `prepareWait` gave, if nobody else of this connection is woken by it; at the
   * abort of the signal, or when the time is over; at once when one of these has happened since. `wakeNext` must follow.
   */
  wait(count: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isOver(count) || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        clearInterval(lookingBack);
        forgetSignal?.();
        this.#waiting.delete(wake);
        if (this.#waiting.size === 0) this.#watcher?.unref();
        resolve();
      };
      const timer = setTimeout(wake, Math.max(1, Math.ceil(timeoutMs)));
      const lookingBack = setInterval(
        () => {
          if (this.#isOver(count)) wake();
        },
        this.#watchable ? LOOK_BACK_MS : LOOK_BACK_UNWATCHED_MS,
      );
      const forgetSignal = signal && subscribeToAbort(signal, wake);
      this.#waiting.add(wake);
      this.#watcher?.ref();
    });
  }

  /** Is there no reason to sleep any more? */
  #isOver(count: number): boolean {
    // SYNC: who destroys the queue has no lock: it stores `destroyed`, then notifies; who sleeps watches, then loads it.
    return this.#closed || this.#segment.destroyed || this.#count() !== count;
  }

  #count(): number {
    return Atomics.load(this.#segment.words, COUNT);
  }

  /** Before the memory is let go of. */
  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#wakeAll();
  }

  #startWatching(path: string): void {
    if (this.#watcher !== undefined || !this.#watchable) return;
    try {
      this.#watcher = watch(path, { persistent: true }, () => this.#heard());
      // It keeps the process only while somebody waits.
      this.#watcher.unref();
      this.#watcher.on('error', () => this.#stopWatching());
    } catch {
      this.#stopWatching();
    }
  }

  #stopWatching(): void {
    this.#watchable = false;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#wakeAll();
  }
}
