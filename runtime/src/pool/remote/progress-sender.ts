import type { Queue } from '../../contracts/queue.js';
import type { ProgressRecord } from './control-records.js';

/** Reports of one job that may wait to be sent; older ones make room for newer. */
const MOST_WAITING = 100;

/** Sends what a job reports to the pool that waits for it: together what has come while the engine was busy. */
export class ProgressSender {
  readonly #queue: Queue<unknown>;
  readonly #jobId: string;
  readonly #waiting: ProgressRecord[] = [];
  #sending: Promise<void> | undefined;

  constructor(queue: Queue<unknown>, jobId: string) {
    this.#queue = queue;
    this.#jobId = jobId;
  }

  send(value: unknown): void {
    this.#waiting.push({ version: 1, progress: this.#jobId, value });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when nothing waits. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  /** A report that cannot be sent is lost; the job goes on. */
  async #send(): Promise<void> {
    while (this.#waiting.length > 0)
      try {
        await this.#queue.put(this.#waiting.splice(0));
      } catch {}
  }
}
