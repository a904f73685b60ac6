import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../clock/timers.js';
import type { Held } from './engine.js';

export interface Entry<Receipt> {
  readonly held: Held<Receipt>;
  /** By the monotonic clock, which no change of the wall clock moves. */
  readonly until: number;
}

/** The leases that this queue has handed out, by the token of the lease. */
export class LeaseBook<Receipt> {
  readonly #entries = new Map<string, Entry<Receipt>>();
  readonly #abandon: ((ended: readonly Held<Receipt>[]) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerEndsAt = Infinity;

  /** @param abandon is told of leases as they end, if it is given */
  constructor(abandon?: (ended: readonly Held<Receipt>[]) => void) {
    this.#abandon = abandon;
  }

  /** The latest comes last. */
  write(token: string, entry: Entry<Receipt>): void {
    this.#entries.delete(token);
    this.#entries.set(token, entry);
    const { until } = entry;
    if (this.#abandon !== undefined) this.#endLater(until);
  }

  /** The lease, if it has not ended. */
  read(token: string): Entry<Receipt> | undefined {
    const entry = this.#entries.get(token);
    return entry !== undefined && entry.until > monotonicMs() ? entry : undefined;
  }

  /** As `read`; nobody else can settle it from now on. */
  take(token: string): Entry<Receipt> | undefined {
    const entry = this.read(token);
    if (entry !== undefined) this.#entries.delete(token);
    return entry;
  }

  /** If it is still there. */
  prolong(token: string, until: number): void {
    const entry = this.#entries.get(token);
    if (entry !== undefined) this.write(token, { ...entry, until });
  }

  forget(token: string): void {
    this.#entries.delete(token);
  }

  /** Leases that ended without a word are not ours to hand back. */
  forgetEnded(): void {
    if (this.#abandon !== undefined) return;
    const now = monotonicMs();
    for (const [token, { until }] of this.#entries) {
      if (until > now) return;
      this.#entries.delete(token);
    }
  }

  /** All that have not ended; the book is empty then. */
  takeAll(): Held<Receipt>[] {
    const all = [...this.#entries.keys()].flatMap((token) => this.take(token)?.held ?? []);
    this.clear();
    return all;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timerEndsAt = Infinity;
    this.#entries.clear();
  }

  #endLater(until: number): void {
    if (until >= this.#timerEndsAt) return;
    clearTimeout(this.#timer);
    this.#timerEndsAt = until;
    this.#timer = setTimeout(() => this.#end(), Math.min(until - monotonicMs(), LONGEST_TIMER_MS));
    this.#timer.unref();
  }

  #end(): void {
    this.#timerEndsAt = Infinity;
    const now = monotonicMs();
    const ended: Held<Receipt>[] = [];
    for (const [token, { held, until }] of this.#entries) {
      if (until > now) this.#endLater(until);
      else if (this.#entries.delete(token)) ended.push(held);
    }
    if (ended.length > 0) this.#abandon?.(ended);
  }
}
