import { abortableDelay } from '../../abort/abortable-delay.js';
import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Logger } from '../../contracts/logger.js';
import type { Lease, Queue, ReserveOptions } from '../../contracts/queue.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

const WAIT_MS = 30_000;
const MOST_AT_ONCE = 256;
const LOOK_EVERY_MS = 10;

/**
 * Reads a queue of answers. With `keep`, answers stay on the queue, leased by this process, until `release`: a process
 * that dies before has taken nothing away.
 */
export class ReplyReader {
  readonly #queue: Queue<unknown>;
  readonly #keep: boolean;
  readonly #leaseMs: number;
  readonly #logger: Logger;
  readonly #onRecord: (record: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #kept: Lease<unknown>[] = [];
  #renewal: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    queue: Queue<unknown>,
    options: { readonly keep: boolean; readonly leaseMs: number; readonly logger: Logger },
    onRecord: (record: unknown) => void,
  ) {
    this.#queue = queue;
    this.#keep = options.keep;
    this.#leaseMs = options.leaseMs;
    this.#logger = options.logger;
    this.#onRecord = onRecord;
    if (options.keep) this.#renewal = setInterval(() => void this.#renew(), options.leaseMs / 3);
  }

  /** @param onBroken called when the queue cannot be read any more, as when somebody has destroyed it */
  start(onBroken: (error: Error) => void): void {
    this.#reading ??= this.#read().catch(onBroken);
  }

  /** Reads what is there, what a dead process still holds included: that comes back when its leases have ended. */
  async readAll(until: AbortSignal | undefined): Promise<void> {
    // `AbortSignal.any` would leave something behind on a signal that outlives the call.
    const ended = new AbortController();
    const signals = until === undefined ? [this.#stopping.signal] : [this.#stopping.signal, until];
    if (signals.some(({ aborted }) => aborted)) return;
    const forget = signals.map((signal) => subscribeToAbort(signal, () => ended.abort()));
    try {
      await this.#readUntilEmpty(ended.signal);
    } finally {
      for (const forgetSignal of forget) forgetSignal();
    }
  }

  /** Resolves when what is there has been read by whoever reads, or the engine cannot be asked. */
  async catchUp(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted && !(await this.#isRead())) await abortableDelay(LOOK_EVERY_MS, signal);
    } catch {
      // The server is away, and so are the answers.
    }
  }

  async #isRead(): Promise<boolean> {
    const { ready, delayed, leased } = await this.#queue.counts();
    return ready + delayed === 0 && leased <= this.#kept.length;
  }

  async #readUntilEmpty(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const leases = await this.#reserve({ signal });
      await this.#take(leases);
      if (leases.length > 0) continue;
      if (await this.#isRead()) return;
      await abortableDelay(Math.min(250, this.#leaseMs / 4), signal);
    }
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopping;
    const retrying = { signal, forMs: Number.POSITIVE_INFINITY, logger: this.#logger };
    // The queue is the user's code, which may call the pool: its caller has to be whole by then.
    await null;
    while (!signal.aborted) {
      const reserve = () => this.#reserve({ signal, waitMs: WAIT_MS });
      const leases =
        (await retryWhileUnavailable(`reading queue ${this.#queue.name}`, reserve, retrying)) ?? [];
      await retryWhileUnavailable('acknowledging answers', () => this.#take(leases), retrying);
    }
  }

  async #reserve(options: ReserveOptions): Promise<readonly Lease<unknown>[]> {
    const leases = await this.#queue.reserve(MOST_AT_ONCE, options);
    // From now on, so that whatever ends the reading gives them back.
    if (this.#keep) this.#kept.push(...leases);
    return leases;
  }

  async #take(leases: readonly Lease<unknown>[]): Promise<void> {
    for (const { value } of leases) this.#onRecord(value);
    if (!this.#keep && leases.length > 0) await this.#queue.ack(leases);
  }

  async #renew(): Promise<void> {
    try {
      if (this.#kept.length > 0) await this.#queue.extend(this.#kept);
    } catch {
      // The server is away. What comes back is answered a second time, which is noticed.
    }
  }

  /** Lets another reader have at once what is kept, without waiting for the leases to end. */
  async giveBack(): Promise<void> {
    const kept = this.#kept.splice(0);
    try {
      if (kept.length > 0) await this.#queue.nack(kept, { refund: true });
    } catch {
      // The server is away; the leases end by themselves.
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#renewal);
    await this.#reading;
  }
}
