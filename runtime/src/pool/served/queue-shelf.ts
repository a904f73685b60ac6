import type { Queue, QueueFactory } from '../../contracts/queue.js';
import { OptionError } from '../../errors/errors.js';
import { NullQueue } from '../../queues/null-queue.js';

/** How often an answer may be handed out: its reader keeps it until the call is over, and may die more than once. */
const ANSWER_ATTEMPTS = 65_000;

/** The queues that a pool has open, each once. */
export class QueueShelf {
  readonly #factory: QueueFactory;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  readonly #open = new Map<string, Queue<unknown>>();

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

  #get(name: string, maxAttempts: number): Queue<unknown> {
    const known = this.#open.get(name);
    if (known) return known;
    const queue = this.#factory(name, { leaseMs: this.#leaseMs, maxAttempts });
    if (queue instanceof NullQueue)
      throw new OptionError(
        'option queues makes NullQueue, which would lose every job; give it a queue that keeps what is put',
      );
    this.#open.set(name, queue);
    return queue;
  }

  /** Removes a queue from the engine. */
  async destroy(name: string): Promise<void> {
    const queue = this.#open.get(name);
    this.#open.delete(name);
    await queue?.destroy();
  }

  async close(): Promise<void> {
    const queues = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(queues.map((queue) => queue.close()));
  }
}
