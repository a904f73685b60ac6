import { inTime } from '../../clock/in-time.js';
import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Lease, Queue } from '../../contracts/queue.js';
import { type CallerRecord, isCallerRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';
import { CALLERS, isBatchQueue } from './queue-names.js';
import { READER_LEASES, showsReaders } from './reply-reader.js';

/** Records that are looked at together. */
const AT_ONCE = 64;
/** How long the end of a pool waits for it, in milliseconds: a server that is away ends the leases by itself. */
const LEAVE_MS = 2_000;

/**
 * Who reads answers, so that the queue of one that was killed does not stay. A pool that reads answers has a record here and
 * keeps it leased, as the record of a reader on the queue itself. When the lease has ended, the next pool that looks finds
 * the record, sees that nobody reads that queue, and removes both.
 *
 * It does nothing over an engine that does not show what others hold: there the queue of answers ends by itself
 * (`expiresUnusedMs`), if the engine can do that.
 */
export class Callers {
  readonly #openQueues: OpenQueues;
  /** The queue of answers that this pool reads, once it does. */
  #answers: string | undefined;
  /** The record of this pool is there, though somebody else may be looking at it. */
  #isEntered = false;
  #own: Lease<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = Promise.resolve();
  #hasLeft = false;

  constructor(openQueues: OpenQueues) {
    this.#openQueues = openQueues;
  }

  /** Looks for those that are gone, from now on. */
  watch(): void {
    if (this.#timer !== undefined || this.#hasLeft) return;
    this.#timer = setInterval(() => void this.#look(), this.#openQueues.leaseMs / 3);
    this.#timer.unref();
    void this.#look();
  }

  /** This pool reads the queue, and everybody can see that: before, another might take it for one of a pool that is gone. */
  enter(answers: string): void {
    this.#answers = answers;
    this.watch();
    void this.#look();
  }

  /** This pool reads no more. A register that is empty is removed. */
  async leave(): Promise<void> {
    if (this.#timer === undefined) return;
    this.#hasLeft = true;
    clearInterval(this.#timer);
    await inTime(this.#leave(), LEAVE_MS).catch(() => {});
  }

  async #leave(): Promise<void> {
    await this.#looking;
    const queue = this.#openQueues.callers();
    if (!showsReaders(queue)) return;
    await this.#lookAt(queue);
    if (this.#own !== undefined) await queue.ack([this.#own]);
    const { ready, delayed, leased, dead } = await queue.counts();
    // Who enters at this moment finds its lease lost, and enters again.
    if (ready + delayed + leased + dead === 0) await this.#openQueues.destroy(CALLERS);
  }

  /** One look at a time; one that comes meanwhile is made after it. */
  async #look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      if (!this.#hasLeft) await this.#tryToLook();
    });
    await this.#looking;
  }

  async #tryToLook(): Promise<void> {
    try {
      const queue = this.#openQueues.callers();
      if (showsReaders(queue)) await this.#lookAt(queue);
    } catch (error) {
      // The server is away, or somebody has removed the register: it is opened anew by the next look. Nobody waits for it.
      this.#forget();
      if ((error as { permanent?: boolean }).permanent) clearInterval(this.#timer);
    }
  }

  async #lookAt(queue: Queue<unknown>): Promise<void> {
    await this.#keepOwn(queue);
    if (this.#answers !== undefined && !this.#isEntered) {
      await queue.put({ version: 1, caller: this.#answers } satisfies CallerRecord);
      this.#isEntered = true;
    }
    const others: Lease<unknown>[] = [];
    for (let found = AT_ONCE; found === AT_ONCE; ) {
      const leases = await queue.reserve(AT_ONCE);
      found = leases.length;
      for (const lease of leases) if (!this.#isOwn(lease)) others.push(lease);
    }
    await this.#keepOwn(queue);
    await this.#removeGone(queue, others);
  }

  #isOwn(lease: Lease<unknown>): boolean {
    const { value } = lease;
    if (this.#own !== undefined || !isCallerRecord(value) || value.caller !== this.#answers) return false;
    this.#own = lease;
    return true;
  }

  async #keepOwn(queue: Queue<unknown>): Promise<void> {
    if (this.#own === undefined) return;
    const [outcome] = await queue.extend([this.#own], READER_LEASES * this.#openQueues.leaseMs);
    if (outcome === 'ok') return;
    this.#own = undefined;
    this.#isEntered = false;
  }

  async #removeGone(queue: Queue<unknown>, leases: readonly Lease<unknown>[]): Promise<void> {
    const isThere = await Promise.all(leases.map(({ value }) => this.#isThere(value)));
    const gone = leases.filter((_, index) => !isThere[index]);
    const there = leases.filter((_, index) => isThere[index]);
    if (gone.length > 0) await queue.ack(gone);
    if (there.length > 0) await queue.nack(there, { refund: true });
  }

  /** `false` also for a record that is none, or is there twice. */
  async #isThere(value: unknown): Promise<boolean> {
    if (!isCallerRecord(value) || isBatchQueue(value.caller) || value.caller === this.#answers) return false;
    const answers = this.#openQueues.borrow(value.caller);
    try {
      return await answers.isRead();
    } finally {
      answers.giveBack();
    }
  }

  #forget(): void {
    this.#openQueues.forgetCallers();
    this.#own = undefined;
    this.#isEntered = false;
  }
}
