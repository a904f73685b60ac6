import { Fifo } from '../parent/fifo.js';
import type { Job } from '../parent/job.js';

/** Puts that an engine is asked for at once; the jobs after them wait here. */
const MOST_PUTS = 64;

/** Puts jobs of calls that have one each. */
export class SinglePuts {
  readonly #put: (job: Job) => Promise<void>;
  readonly #waiting = new Fifo<Job>();
  #putting = 0;
  #isHeld = false;

  constructor(put: (job: Job) => Promise<void>) {
    this.#put = put;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    if (this.#putting < MOST_PUTS) void this.#putOn();
  }

  /** Puts no more. */
  hold(): void {
    this.#isHeld = true;
  }

  async #putOn(): Promise<void> {
    this.#putting += 1;
    while (!this.#isHeld) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      if (!job.caller.isOver) await this.#put(job);
    }
    this.#putting -= 1;
  }
}
