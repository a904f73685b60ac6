import type { Queue, QueueFactory } from '../../contracts/queue.js';
import { OptionError, PoolClosedError } from '../../errors/errors.js';
import { NullQueue } from '../../queues/null-queue.js';

/** How often an answer may be handed out: its reader keeps it until the call is over, and may die more than once. */
const ANSWER_ATTEMPTS = 65_000;

/** Queues for the answers of other pools that stay open with nothing to answer; each may have a connection. */
const MOST_IDLE = 16;

interface Borrowed {
  readonly queue: Queue<unknown>;
  users: number;
}

/** The queues that a pool has open, each once. */
export class OpenQueues {
  readonly #factory: QueueFactory;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  readonly #open = new Map<string, Queue<unknown>>();
  /** Those that were used last are at the end. */
  readonly #borrowed = new Map<string, Borrowed>();
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

  answers(name: string): Queue<unknown> {
    return this.#get(name, ANSWER_ATTEMPTS);
  }

  /**
   * The queue for the answers of some pool, for the time of one job.
   * @throws what the factory throws, which may not like the name
   */
  borrow(name: string): { readonly queue: Queue<unknown>; readonly giveBack: () => void } {
    const own = this.#open.get(name);
    if (own) return { queue: own, giveBack: () => {} };
    const borrowed = this.#borrowed.get(name) ?? { queue: this.#make(name, ANSWER_ATTEMPTS), users: 0 };
    borrowed.users += 1;
    this.#borrowed.delete(name);
    this.#borrowed.set(name, borrowed);
    const giveBack = () => {
      borrowed.users -= 1;
      this.#closeIdle();
    };
    return { queue: borrowed.queue, giveBack };
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
    const queue = this.#factory(name, { leaseMs: this.#leaseMs, maxAttempts });
    if (queue instanceof NullQueue)
      throw new OptionError(
        'option queues makes NullQueue, which would lose every job; give it a queue that keeps what is put',
      );
    return queue;
  }

  /** Removes a queue from the engine. */
  async destroy(name: string): Promise<void> {
    const queue = this.#open.get(name);
    this.#open.delete(name);
    await queue?.destroy();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const queues = [...this.#open.values(), ...[...this.#borrowed.values()].map(({ queue }) => queue)];
    this.#open.clear();
    this.#borrowed.clear();
    await Promise.allSettled(queues.map(async (queue) => queue.close()));
  }
}

/** What goes wrong in it is of no use to anybody. */
function close(queue: Queue<unknown>): void {
  void (async () => queue.close())().catch(() => {});
}
