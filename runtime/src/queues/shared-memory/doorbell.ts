import { type FSWatcher, watch, writeSync } from 'node:fs';
import { HEADER } from './layout.js';
import type { QueueMemory } from './memory.js';

const POLL_WITHOUT_WATCHER_MS = 50;
const RING = Buffer.from([1]);

/**
 * Lets a handle sleep until another process has put something.
 *
 * - who found nothing sets `sleepers` under the lock, then waits; who puts clears it under the lock, then rings
 * - ringing is a write to the queue's file, which wakes all who watch it (inotify); a private queue rings itself alone
 * - where a file cannot be watched (no inotify instances left), waiting looks again every 50 ms
 */
export class Doorbell {
  readonly #memory: QueueMemory;
  readonly #path: string | undefined;
  readonly #waiting = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #watchable = true;

  constructor(memory: QueueMemory, path: string | undefined) {
    this.#memory = memory;
    this.#path = path;
  }

  /** Under the lock: from now on a ring will come. */
  expectRing(): void {
    if (this.#path !== undefined) this.#startWatching(this.#path);
    Atomics.store(this.#memory.words, HEADER.word.sleepers, 1);
  }

  /** Under the lock: whether somebody has to be woken when the lock is free again. */
  takeSleepers(): boolean {
    return Atomics.exchange(this.#memory.words, HEADER.word.sleepers, 0) !== 0;
  }

  /** Wakes all that sleep, here and elsewhere. */
  ring(): void {
    this.wakeOwn();
    if (this.#path === undefined || this.#memory.words.length === 0) return;
    writeSync(this.#memory.segment.fd, RING, 0, 1, HEADER.byte.doorbell);
  }

  wakeOwn(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at a ring, at the abort of the signal, or when the time is over. */
  wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const boundedMs = this.#watchable ? timeoutMs : Math.min(timeoutMs, POLL_WITHOUT_WATCHER_MS);
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        if (this.#waiting.size === 0) this.#watcher?.unref();
        resolve();
      };
      const timer = setTimeout(wake, Math.max(1, Math.ceil(boundedMs)));
      signal?.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
      this.#watcher?.ref();
    });
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.wakeOwn();
  }

  #startWatching(path: string): void {
    if (this.#watcher !== undefined || !this.#watchable) return;
    try {
      this.#watcher = watch(path, { persistent: true }, () => this.wakeOwn());
      this.#watcher.on('error', () => this.#stopWatching());
    } catch {
      this.#stopWatching();
    }
  }

  #stopWatching(): void {
    this.#watchable = false;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.wakeOwn();
  }
}
