import { randomUUID } from 'node:crypto';
import { subscribeToAbort } from '../abort/subscribe-to-abort.js';
import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../clock/timers.js';
import type {
  DeadLetters,
  Lease,
  NackOptions,
  Outcome,
  PutOptions,
  Queue,
  QueueCounts,
  QueueSupport,
  ReserveOptions,
} from '../contracts/queue.js';
import { QueueClosedError, UnsupportedError } from '../errors/errors.js';

const SUPPORTS: QueueSupport = {
  priority: false,
  delay: false,
  dedupe: false,
  extend: false,
  peek: false,
  dead: false,
  shared: false,
  durable: false,
};

/**
 * A queue that swallows everything: what is put is gone, and nothing ever comes out.
 *
 * - every lease it is asked about is `'lost'`, as it never gave one
 * - what it cannot do, priorities, delays and all else, throws `UnsupportedError` rather than being swallowed too
 */
export class NullQueue<T = unknown> implements Queue<T> {
  readonly supports = SUPPORTS;
  #closed = false;

  constructor(readonly name: string = 'null') {}

  async put(
    values: T | readonly T[],
    { priority, delayMs, dedupeKey, dedupeKeys, limitKeys, tx }: PutOptions = {},
  ): Promise<string[]> {
    this.#assertOpen();
    if (priority) throw this.#unsupported('priority');
    if (delayMs) throw this.#unsupported('delay');
    if (dedupeKey !== undefined) throw this.#unsupported('dedupe');
    if (dedupeKeys !== undefined) throw this.#unsupported('dedupeKeys');
    if (limitKeys !== undefined) throw this.#unsupported('limits');
    if (tx !== undefined) throw this.#unsupported('tx');
    return (Array.isArray(values) ? values : [values]).map(() => randomUUID());
  }

  async pop(): Promise<T | undefined> {
    this.#assertOpen();
    return undefined;
  }

  /** Waits as long as it is told to, as something could be put into any other queue meanwhile. */
  async reserve(_max: number, { waitMs = 0, signal, limit }: ReserveOptions = {}): Promise<Lease<T>[]> {
    this.#assertOpen();
    if (limit !== undefined) throw this.#unsupported('limits');
    if (waitMs > 0 && !signal?.aborted)
      await new Promise<void>((resolve) => this.#sleep(waitMs, signal, resolve));
    return [];
  }

  readonly #wakers = new Set<() => void>();

  #sleep(waitMs: number, signal: AbortSignal | undefined, resolve: () => void): void {
    const wake = () => {
      clearTimeout(timer);
      this.#wakers.delete(wake);
      forgetSignal?.();
      resolve();
    };
    const timer = setTimeout(wake, Math.min(waitMs, LONGEST_TIMER_MS));
    const forgetSignal = signal && subscribeToAbort(signal, wake);
    this.#wakers.add(wake);
  }

  async ack(leases: readonly Lease<T>[]): Promise<Outcome[]> {
    this.#assertOpen();
    return leases.map(() => 'lost');
  }

  async nack(leases: readonly Lease<T>[], { delayMs, dead }: NackOptions = {}): Promise<Outcome[]> {
    this.#assertOpen();
    if (delayMs) throw this.#unsupported('delay');
    if (dead) throw this.#unsupported('dead');
    return leases.map(() => 'lost');
  }

  async extend(): Promise<Outcome[]> {
    this.#assertOpen();
    throw this.#unsupported('extend');
  }

  async size(): Promise<number> {
    this.#assertOpen();
    return 0;
  }

  async counts(): Promise<QueueCounts> {
    this.#assertOpen();
    return { ready: 0, delayed: 0, leased: 0, dead: 0 };
  }

  async getAll(): Promise<T[]> {
    this.#assertOpen();
    throw this.#unsupported('peek');
  }

  async at(): Promise<T | undefined> {
    this.#assertOpen();
    throw this.#unsupported('peek');
  }

  get dead(): DeadLetters<T> {
    const refuse = async (): Promise<never> => {
      throw this.#unsupported('dead');
    };
    return { getAll: refuse, requeue: refuse, clear: refuse };
  }

  async clear(): Promise<number> {
    this.#assertOpen();
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of [...this.#wakers]) wake();
  }

  destroy(): Promise<void> {
    return this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // biome-ignore lint/correctness/useYield: nothing ever comes out of it
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    this.#assertOpen();
  }

  #assertOpen(): void {
    if (this.#closed) throw new QueueClosedError(this.name);
  }

  #unsupported(ability: string): UnsupportedError {
    return new UnsupportedError(`queue ${this.name}`, ability);
  }
}
