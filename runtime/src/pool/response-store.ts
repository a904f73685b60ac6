import type { Logger } from '../contracts/logger.js';
import type { Queue } from '../contracts/queue.js';
import type { Response } from '../contracts/response.js';
import { Fifo } from './collections/fifo.js';

/** Records that one `put` carries. */
const MOST_AT_ONCE = 64;
/** While so many wait, the pool begins no further job; it goes on when half of them have been put. */
const MOST_WAITING = 1_024;

interface StoredResponse {
  readonly ok: boolean;
  readonly body?: unknown;
  readonly error?: string;
  readonly exitCode: number;
  readonly jobId: string;
  readonly index: number;
}

/**
 * Puts responses on the queue of the option `results`, beside what becomes of them otherwise: in their order, one `put` after
 * another. A queue that is slower than the jobs holds the jobs up, so that no more wait here than `MOST_WAITING` and the jobs
 * that had been begun.
 */
export class ResponseStore {
  readonly #results: Queue<unknown>;
  readonly #logger: Logger;
  readonly #holdUp: (held: boolean) => void;
  readonly #waiting = new Fifo<StoredResponse>();
  #putting: Promise<void> | undefined;
  #holdsUp = false;

  /** @param holdUp told when the pool is to begin no further job for now, and when it is to go on */
  constructor(results: Queue<unknown>, logger: Logger, holdUp: (held: boolean) => void) {
    this.#results = results;
    this.#logger = logger;
    this.#holdUp = holdUp;
  }

  /** One that cannot be put is reported, and nothing else. */
  store({ ok, body, error, exitCode, jobId, index }: Response<unknown>): void {
    const rest = { exitCode, jobId, index };
    this.#waiting.push(ok ? { ok, body, ...rest } : { ok, error: textOf(error), ...rest });
    this.#putting ??= this.#putAll();
    if (this.#waiting.size >= MOST_WAITING) this.#tell(true);
  }

  async #putAll(): Promise<void> {
    // What is answered in the same turn goes together.
    await undefined;
    while (this.#waiting.size > 0) {
      const records: StoredResponse[] = [];
      while (records.length < MOST_AT_ONCE && this.#waiting.size > 0) records.push(this.#waiting.shift()!);
      if (this.#waiting.size <= MOST_WAITING / 2) this.#tell(false);
      await this.#put(records);
    }
    this.#putting = undefined;
  }

  #tell(holdsUp: boolean): void {
    if (holdsUp === this.#holdsUp) return;
    this.#holdsUp = holdsUp;
    this.#holdUp(holdsUp);
  }

  async #put(records: readonly StoredResponse[]): Promise<void> {
    try {
      await this.#results.put(records.length === 1 ? records[0] : records);
    } catch (problem) {
      // One of them may be to blame, which keeps no other from being stored.
      if (records.length > 1) await Promise.all(records.map((record) => this.#put([record])));
      else this.#report(records[0]!, problem);
    }
  }

  #report({ jobId }: StoredResponse, problem: unknown): void {
    this.#logger.error(`the response of job ${jobId} could not be put on ${this.#results.name}:`, problem);
  }

  /** Resolves when those that there are have been put. */
  async finished(): Promise<void> {
    await this.#putting;
  }
}

/** A name or a message may be anything, and one that is no text must not cost more than the text. */
function textOf(error: Error): string {
  try {
    return `${error}`;
  } catch {
    return 'Error: it cannot be shown as a text';
  }
}
