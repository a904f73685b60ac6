import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../clock/timers.js';

/** Those who wait for something to come into a queue. */
export class Waiters {
  #news = 0;
  readonly #wakers = new Set<() => void>();

  /** Changes with every `wake`. */
  get news(): number {
    return this.#news;
  }

  wake(): void {
    this.#news += 1;
    for (const wake of [...this.#wakers]) wake();
  }

  /** Resolves when woken, after a time, or when the signal is aborted; at once if there were news since. */
  wait(since: number, ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#news !== since || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        forgetSignal?.();
        resolve();
      };
      const timer = setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
      const forgetSignal = signal && subscribeToAbort(signal, wake);
      this.#wakers.add(wake);
    });
  }
}
