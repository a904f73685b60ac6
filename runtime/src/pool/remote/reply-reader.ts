import { randomUUID } from 'node:crypto';
import { abortableDelay } from '../../abort/abortable-delay.js';
import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { inTime } from '../../clock/in-time.js';
import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Logger } from '../../contracts/logger.js';
import type { Lease, Queue, ReserveOptions } from '../../contracts/queue.js';
import { isCancelRecord, isProgressRecord, isReaderRecord, type ReaderRecord } from './control-records.js';
import { isGone, retryWhileUnavailable } from './retry-while-unavailable.js';

const WAIT_MS = 30_000;
/** How long jobs wait for the word that says that their answers are read, in milliseconds; it may come late. */
const ANNOUNCE_MS = 4_000;
const MOST_AT_ONCE = 256;
/** How many leases a reader may stand still before it is taken for gone. */
export const READER_LEASES = 4;
const LOOK_EVERY_MS = 10;
/** So often a queue is made anew that others destroy each time, with pauses that grow. */
const MOST_TRIES = 20;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1_000;

/** Does the engine tell others what is leased? One that shows nothing without taking it does not. */
export function showsReaders({ supports }: Queue<unknown>): boolean {
  return supports.shared && supports.extend && supports.peek;
}

/** Where a reader reads. */
export interface ReplySource {
  readonly queue: Queue<unknown>;
  /** Makes the queue anew that others have destroyed; absent where they do not. */
  readonly reopen?: () => Queue<unknown>;
}

/**
 * Reads a queue of answers, and holds a record there that says so. With `keep`, answers stay on the queue, leased by this process, until `release`: a process
 * that dies before has taken nothing away.
 *
 * A process that stands still for longer than that record is leased (it was stopped, or its machine slept) is taken for gone: the
 * queue is destroyed, with the answers on it. When it goes on it makes the queue anew, says again that it reads, and `onMissed`
 * has its jobs put again.
 */
export class ReplyReader {
  #queue: Queue<unknown>;
  readonly #reopen: ReplySource['reopen'];
  readonly #keep: boolean;
  readonly #leaseMs: number;
  readonly #logger: Logger;
  readonly #onRecord: (record: unknown) => void;
  readonly #onSeen: () => void;
  readonly #onMissed: () => void;
  readonly #stopping = new AbortController();
  readonly #kept: Lease<unknown>[] = [];
  readonly #name = randomUUID();
  #announced: Promise<void> | undefined;
  #onAnnounced: (() => void)[] = [];
  /** Its lease was lost at the last look. One that ended by itself comes back at once, and is read anew. */
  #hasLostOwn = false;
  /** Answers may have been destroyed. */
  #hasMissed = false;
  #renewal: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    { queue, reopen }: ReplySource,
    options: {
      readonly keep: boolean;
      readonly leaseMs: number;
      readonly logger: Logger;
      /** Called once whoever would answer sees that somebody listens. */
      readonly onSeen: () => void;
      /** Called when answers may have been destroyed, once others see again that somebody listens. */
      readonly onMissed: () => void;
    },
    onRecord: (record: unknown) => void,
  ) {
    this.#queue = queue;
    this.#reopen = reopen;
    this.#keep = options.keep;
    this.#leaseMs = options.leaseMs;
    this.#logger = options.logger;
    this.#onRecord = onRecord;
    this.#onSeen = options.onSeen;
    this.#onMissed = options.onMissed;
    this.#renewal = setInterval(() => void this.#renew(), options.leaseMs / 3);
    this.#renewal.unref();
  }

  /** Resolves when whoever would answer sees that somebody listens. Rejects where the engine cannot be asked. */
  announce(): Promise<void> {
    if (this.#announced === undefined) {
      const announced: Promise<void> = this.#announce().then(
        () => this.#isSeen(announced),
        (error) => {
          if (this.#announced === announced) this.#announced = undefined;
          throw error;
        },
      );
      this.#announced = announced;
    }
    return this.#announced;
  }

  async #announce(): Promise<void> {
    if (!showsReaders(this.#queue)) return;
    const heard = new Promise<void>((resolve) => {
      this.#onAnnounced.push(resolve);
    });
    const word = { version: 1, reader: this.#name } satisfies ReaderRecord;
    await this.#onQueue(() => this.#queue.put(word));
    await inTime(heard, ANNOUNCE_MS).then(this.#onSeen, () => {});
  }

  /** @param announced of several words that were under way only the last counts */
  #isSeen(announced: Promise<void>): void {
    if (!this.#hasMissed || this.#announced !== announced) return;
    this.#hasMissed = false;
    this.#onMissed();
  }

  /**
   * Does it, on a queue that is made anew where others have destroyed it. A host that has looked at it before may destroy the new
   * one as well, until that says that it is read.
   */
  async #onQueue<R>(action: () => R | Promise<R>): Promise<R> {
    for (let tries = 0; ; tries += 1) {
      const before = this.#queue;
      try {
        return await action();
      } catch (error) {
        const { signal } = this.#stopping;
        if (this.#reopen === undefined || !isGone(error) || signal.aborted || tries === MOST_TRIES)
          throw error;
        if (tries > 0) await abortableDelay(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries), signal);
      }
      // Whoever finds it gone first makes it anew.
      if (this.#queue !== before) continue;
      this.#queue = this.#reopen();
      this.#thoughtGone();
    }
  }

  /** The record that says that the queue is read was destroyed, and answers with it. */
  #thoughtGone(): void {
    this.#kept.length = 0;
    this.#hasLostOwn = false;
    this.#hasMissed = true;
    this.#announced = undefined;
    // Where the server is away there is another look.
    this.announce().catch(() => {});
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
    // Who only cancels puts no job that would do this.
    if (!this.#keep) this.announce().catch(() => {});
    while (!signal.aborted) {
      const reserve = () => this.#onQueue(() => this.#reserve({ signal, waitMs: WAIT_MS }));
      const leases =
        (await retryWhileUnavailable(`reading queue ${this.#queue.name}`, reserve, retrying)) ?? [];
      await retryWhileUnavailable('acknowledging answers', () => this.#take(leases), retrying);
    }
  }

  async #reserve(options: ReserveOptions): Promise<readonly Lease<unknown>[]> {
    const leases = await this.#queue.reserve(MOST_AT_ONCE, options);
    // From now on, so that whatever ends the reading gives them back.
    this.#kept.push(...leases.filter((lease) => this.#isKept(lease)));
    return leases;
  }

  /** That another has read the queue is of no interest any more. */
  #isKept({ value }: Lease<unknown>): boolean {
    if (isReaderRecord(value)) return value.reader === this.#name;
    return this.#keep && !isCancelRecord(value) && !isProgressRecord(value);
  }

  async #take(leases: readonly Lease<unknown>[]): Promise<void> {
    for (const { value } of leases)
      if (!isReaderRecord(value)) this.#onRecord(value);
      else if (value.reader === this.#name) for (const hear of this.#onAnnounced.splice(0)) hear();
    const done = leases.filter((lease) => !this.#isKept(lease));
    if (done.length > 0) await this.#onQueue(() => this.#queue.ack(done));
  }

  async #renew(): Promise<void> {
    const own = this.#kept.filter(({ value }) => isReaderRecord(value));
    const answers = this.#kept.filter((lease) => !own.includes(lease));
    try {
      // A reader that stands still for a while is not gone.
      if (own.length > 0) await this.#extendOwn(own);
      else if (this.#hasLostOwn || (this.#hasMissed && this.#announced === undefined)) this.#thoughtGone();
      if (answers.length > 0) await this.#queue.extend(answers);
    } catch {
      // The server is away. What comes back is answered a second time, which is noticed.
    }
  }

  async #extendOwn(own: readonly Lease<unknown>[]): Promise<void> {
    const outcomes = await this.#queue.extend(own, READER_LEASES * this.#leaseMs);
    for (const lost of own.filter((_, index) => outcomes[index] === 'lost'))
      this.#kept.splice(this.#kept.indexOf(lost), 1);
    this.#hasLostOwn = this.#reopen !== undefined && !outcomes.includes('ok');
  }

  /** Lets another reader have at once what is kept, without waiting for the leases to end. */
  async giveBack(): Promise<void> {
    const all = this.#kept.splice(0);
    const own = all.filter(({ value }) => isReaderRecord(value));
    const kept = all.filter((lease) => !own.includes(lease));
    try {
      if (own.length > 0) await this.#queue.ack(own);
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
