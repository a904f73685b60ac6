import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Awaitable, Queue, QueueFactory } from '../../contracts/queue.js';
import { OptionError, PoolClosedError } from '../../errors/errors.js';
import { NullQueue } from '../../queues/null-queue.js';
import { told } from '../channels/queue-channel.js';
import { isReaderRecord } from './control-records.js';
import {
  CALLERS,
  CONTROL_QUEUE,
  HISTORY_QUEUE,
  isAnswerQueueName,
  isBatchQueue,
  JOIN_QUEUE,
} from './queue-names.js';
import { READER_LEASES, showsReaders } from './reply-reader.js';
import { isGone } from './retry-while-unavailable.js';
import { Together } from './together.js';

/** How often an answer may be handed out: its reader keeps it until the call is over, and may die more than once. */
const ANSWER_ATTEMPTS = 65_000;

/** Who reads answers looks for them many times a second, so a queue that was not used for so long has no reader, in milliseconds. */
const EXPIRES_UNUSED_MS = 15 * 60_000;

/** Queues for the answers of other pools that stay open with nothing to answer; each may have a connection. */
const MOST_IDLE = 16;

/** A queue for the answers of another pool. */
interface Borrowed {
  readonly queue: Queue<unknown>;
  users: number;
  /** When it was seen that somebody reads it, by the monotonic clock. */
  readAt: number;
  /** Since when answers have lain there at each look; `undefined` where none did at the last. */
  unreadSince: number | undefined;
}

/** The same for the time of one job. */
export interface BorrowedQueue {
  readonly queue: Queue<unknown>;
  /** Puts a value, together with others that come at the same time. */
  put(value: unknown): Promise<void>;
  /** Is there still somebody who reads it? Where nobody does, it is removed. At once where it is a pool's own. */
  isRead(): Awaitable<boolean>;
  giveBack(): void;
}

/** Jobs of a batch that an earlier run has answered. */
interface AnsweredJobs {
  answerOf(jobId: string): unknown;
}

/** The queues that a pool has open, each once. */
export class OpenQueues {
  readonly #factory: QueueFactory;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  readonly #open = new Map<string, Queue<unknown>>();
  /** Those that were used last are at the end. */
  readonly #borrowed = new Map<string, Borrowed>();
  readonly #putting = new WeakMap<Queue<unknown>, Together<unknown>>();
  /** What jobs of this pool's own calls borrow. */
  readonly #own = new WeakMap<Queue<unknown>, BorrowedQueue>();
  /** Of the batches of this pool, by their queue of answers. */
  readonly #answered = new Map<string, AnsweredJobs>();
  #isClosed = false;

  constructor(factory: QueueFactory, leaseMs: number, maxAttempts: number) {
    this.#factory = factory;
    this.#leaseMs = leaseMs;
    this.#maxAttempts = maxAttempts;
  }

  get leaseMs(): number {
    return this.#leaseMs;
  }

  jobs(name: string): Queue<unknown> {
    return this.#get(name, this.#maxAttempts);
  }

  /** The one that all hosts look at. */
  control(): Queue<unknown> {
    return this.#get(CONTROL_QUEUE, ANSWER_ATTEMPTS);
  }

  /** The one that keeps answered jobs. */
  history(): Queue<unknown> {
    return this.#get(HISTORY_QUEUE, ANSWER_ATTEMPTS);
  }

  /** The one that holds jobs until those before them are done. */
  joins(): Queue<unknown> {
    return this.#get(JOIN_QUEUE, ANSWER_ATTEMPTS);
  }

  /** Do the answers on this queue come to a call of this pool? */
  isOwn(name: string): boolean {
    return this.#open.has(name);
  }

  /** @param answered `undefined` when the batch is over */
  setAnswered(name: string, answered: AnsweredJobs | undefined): void {
    if (answered === undefined) this.#answered.delete(name);
    else this.#answered.set(name, answered);
  }

  /** Is the job of a batch of this pool whose earlier run has its answer? Its host died before it acknowledged the job. */
  wasAnswered(name: string, jobId: string): boolean {
    return this.#answered.get(name)?.answerOf(jobId) !== undefined;
  }

  answers(name: string): Queue<unknown> {
    return this.#get(name, ANSWER_ATTEMPTS);
  }

  /** The queue of answers of this pool, which others have destroyed, made anew. */
  reopenAnswers(name: string): Queue<unknown> {
    const destroyed = this.#open.get(name);
    this.#open.delete(name);
    if (destroyed !== undefined) close(destroyed);
    return this.answers(name);
  }

  /** The register of those who read answers. */
  callers(): Queue<unknown> {
    return this.#get(CALLERS, ANSWER_ATTEMPTS);
  }

  /** Somebody has removed it; the next who asks makes it anew. */
  forgetCallers(): void {
    const queue = this.#open.get(CALLERS);
    this.#open.delete(CALLERS);
    if (queue !== undefined) close(queue);
  }

  /**
   * The queue for the answers of some pool, for the time of one job.
   * @throws what the factory throws, which may not like the name
   */
  borrow(name: string): BorrowedQueue {
    const own = this.#open.get(name);
    if (own) return this.#borrowOwn(own);
    const known = this.#borrowed.get(name);
    const borrowed = known ?? {
      queue: this.#make(name, ANSWER_ATTEMPTS),
      users: 0,
      readAt: -Infinity,
      unreadSince: undefined,
    };
    borrowed.users += 1;
    this.#borrowed.delete(name);
    this.#borrowed.set(name, borrowed);
    const giveBack = () => {
      borrowed.users -= 1;
      this.#closeIdle();
    };
    return { ...this.#putTo(borrowed.queue), isRead: () => this.#isRead(name, borrowed), giveBack };
  }

  #borrowOwn(queue: Queue<unknown>): BorrowedQueue {
    const known = this.#own.get(queue);
    if (known) return known;
    const borrowed = { ...this.#putTo(queue), isRead: () => true, giveBack: () => {} };
    this.#own.set(queue, borrowed);
    return borrowed;
  }

  /** All hosts' jobs in this process that answer the same pool put their answers together. */
  #putTo(queue: Queue<unknown>): Pick<BorrowedQueue, 'queue' | 'put'> {
    const known = this.#putting.get(queue);
    const together = known ?? new Together<unknown>((values) => queue.put(values));
    this.#putting.set(queue, together);
    return { queue, put: (value) => together.add(value) };
  }

  /** Removes those that nobody reads: their pools are gone, and an answer that came late has made some anew. */
  async removeUnread(): Promise<void> {
    await Promise.all([...this.#borrowed].map(([name, borrowed]) => this.#isRead(name, borrowed)));
  }

  async #isRead(name: string, borrowed: Borrowed): Promise<boolean> {
    const { queue, readAt } = borrowed;
    const now = monotonicMs();
    if (isBatchQueue(name) || !showsReaders(queue) || now - readAt < this.#leaseMs / 3) return true;
    try {
      const { ready, leased } = await queue.counts();
      borrowed.unreadSince = ready > 0 ? (borrowed.unreadSince ?? now) : undefined;
      // Who lives may be about to read what there is; what is looked at here goes behind it.
      const mayBeReading = now - (borrowed.unreadSince ?? -Infinity) < READER_LEASES * this.#leaseMs;
      const isRead =
        leased > 0
          ? mayBeReading || (await firstOn(queue)) !== 'lost reader'
          : mayBeReading && (await firstOn(queue)) === 'new reader';
      if (isRead) borrowed.readAt = now;
      else await this.#remove(name, borrowed);
      return isRead;
    } catch (error) {
      // While the server is away, nobody can tell.
      return !isGone(error);
    }
  }

  async #remove(name: string, borrowed: Borrowed): Promise<void> {
    if (this.#borrowed.get(name) === borrowed) this.#borrowed.delete(name);
    await borrowed.queue.destroy();
  }

  #closeIdle(): void {
    const idle = [...this.#borrowed].filter(([, { users }]) => users === 0);
    for (const [name, { queue }] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) {
      this.#borrowed.delete(name);
      // What it holds is nothing; a server that is away does not miss it.
      close(queue);
    }
  }

  #get(name: string, maxAttempts: number): Queue<unknown> {
    const known = this.#open.get(name);
    if (known) return known;
    const queue = this.#make(name, maxAttempts);
    // The factory is the user's code: a call that it made of the pool may have led here as well.
    const madeInside = this.#open.get(name);
    if (madeInside !== undefined) close(queue);
    else this.#open.set(name, queue);
    return madeInside ?? queue;
  }

  /** @throws PoolClosedError; OptionError; what the factory throws */
  #make(name: string, maxAttempts: number): Queue<unknown> {
    if (this.#isClosed) throw new PoolClosedError();
    const isSmall = [CALLERS, CONTROL_QUEUE, HISTORY_QUEUE, JOIN_QUEUE].includes(name) && { isSmall: true };
    const expires = isAnswerQueueName(name) && !isBatchQueue(name) && { expiresUnusedMs: EXPIRES_UNUSED_MS };
    const queue = this.#factory(name, { leaseMs: this.#leaseMs, maxAttempts, ...isSmall, ...expires });
    if (queue instanceof NullQueue)
      throw new OptionError(
        'option queues makes NullQueue, which would lose every job; give it a queue that keeps what is put',
      );
    return told(queue);
  }

  /** Removes a queue from the engine. */
  async destroy(name: string): Promise<void> {
    const queue = this.#open.get(name);
    this.#open.delete(name);
    await queue?.destroy();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.removeUnread();
    const queues = [...this.#open.values(), ...[...this.#borrowed.values()].map(({ queue }) => queue)];
    this.#open.clear();
    this.#borrowed.clear();
    await Promise.allSettled(queues.map(async (queue) => queue.close()));
  }
}

/**
 * What is the first to be read? On a busy machine a reader may not have come to its own word yet: nobody has had that. An engine may count
 * a lease that is over until somebody asks for its value, and gives that one first then: NATS does.
 */
async function firstOn(queue: Queue<unknown>): Promise<'new reader' | 'lost reader' | undefined> {
  const [lease] = await queue.reserve(1);
  if (lease === undefined) return undefined;
  const isReader = isReaderRecord(lease.value);
  if (isReader && lease.attempt > 1) return 'lost reader';
  await queue.nack([lease], { refund: true });
  return isReader ? 'new reader' : undefined;
}

/** What goes wrong in it is of no use to anybody. */
function close(queue: Queue<unknown>): void {
  void (async () => queue.close())().catch(() => {});
}
