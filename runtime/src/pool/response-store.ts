import type { Logger } from '../contracts/logger.js';
import type { Queue } from '../contracts/queue.js';
import type { Response } from '../contracts/response.js';

/** Puts responses on the queue of the option `results`, beside what becomes of them otherwise. */
export class ResponseStore {
  readonly #results: Queue<unknown>;
  readonly #logger: Logger;
  readonly #storing = new Set<Promise<unknown>>();

  constructor(results: Queue<unknown>, logger: Logger) {
    this.#results = results;
    this.#logger = logger;
  }

  /** One that cannot be put is reported, and nothing else. */
  store({ ok, body, error, exitCode, jobId, index }: Response<unknown>): void {
    const record = ok
      ? { ok, body, exitCode, jobId, index }
      : { ok, error: `${error}`, exitCode, jobId, index };
    const stored = Promise.resolve()
      .then(() => this.#results.put(record))
      .catch((problem) =>
        this.#logger.error(
          `the response of job ${jobId} could not be put on ${this.#results.name}:`,
          problem,
        ),
      )
      .finally(() => this.#storing.delete(stored));
    this.#storing.add(stored);
  }

  /** Resolves when those that there are have been put. */
  async finished(): Promise<void> {
    await Promise.all(this.#storing);
  }
}
