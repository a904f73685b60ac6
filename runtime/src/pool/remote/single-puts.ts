import { Fifo } from '../collections/fifo.js';
import type { Job } from '../jobs/job.js';

/** Puts that an engine is asked for at once; the jobs after them wait here. */
const MOST_PUTS = 4;
/** Jobs of one put. */
const MOST_TOGETHER = 64;

/** Puts jobs of calls that have one each: one that comes alone at once, others together when a put before them is done. */
export class SinglePuts {
  readonly #put: (jobs: readonly Job[]) => Promise<void>;
  readonly #waiting = new Fifo<Job>();
  #putting = 0;
  #isHeld = false;

  /** @param put jobs of one class */
  constructor(put: (jobs: readonly Job[]) => Promise<void>) {
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
      const jobs = this.#next();
      if (jobs.length === 0) break;
      await this.#put(jobs);
    }
    this.#putting -= 1;
  }

  /** What goes in one put: the next jobs, while they are of one class and nothing else is said of them. */
  #next(): Job[] {
    const jobs: Job[] = [];
    while (jobs.length < MOST_TOGETHER) {
      const job = this.#waiting.peek();
      if (job === undefined) break;
      if (jobs.length > 0 && !isAlike(jobs[0]!, job)) break;
      this.#waiting.shift();
      if (!job.caller.isOver) jobs.push(job);
    }
    return jobs;
  }
}

function isAlike(one: Job, other: Job): boolean {
  return (
    one.task.workerClass.name === other.task.workerClass.name &&
    one.steering === undefined &&
    other.steering === undefined
  );
}
