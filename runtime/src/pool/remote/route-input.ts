import { within } from '../calls/caller-context.js';
import { LinkedList } from '../collections/linked-list.js';
import type { Job } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';

export interface RouteInputEffects {
  /** Jobs that one `put` carries. */
  readonly mostAtOnce: number;
  /** @param taken jobs that have been taken from an input, and will be put together */
  hasRoom(taken: number): boolean;
  /**
   * What becomes of a job that was taken.
   * @returns is it to be put?
   * @throws what ends its call
   */
  take(job: Job): boolean;
  put(jobs: readonly Job[]): Promise<void>;
  /** Its call has ended. */
  abandon(job: Job): void;
}

/** Takes jobs from the inputs of calls, in turn, while there is room for them on the queues. */
export class RouteInput {
  readonly #effects: RouteInputEffects;
  /** Those that may have jobs now. */
  readonly #jobSources = new LinkedList<JobSource>();
  /** Nothing more is taken. */
  #isHeld = false;
  #pumping = false;
  #again = false;

  constructor(effects: RouteInputEffects) {
    this.#effects = effects;
  }

  add(jobSource: JobSource): void {
    this.#jobSources.push(jobSource);
    this.nudge();
  }

  remove(jobSource: JobSource): void {
    this.#jobSources.remove(jobSource);
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** There may be room again. */
  nudge(): void {
    if (this.#jobSources.size === 0) return;
    this.#again = true;
    if (!this.#pumping) void this.#pump();
  }

  #hasRoom(taken: number): boolean {
    return !this.#isHeld && this.#effects.hasRoom(taken);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#again) {
      this.#again = false;
      while (this.#hasRoom(0)) {
        const jobSource = this.#jobSources.shift();
        if (jobSource === undefined) break;
        const mayHaveMore = await this.#pumpFrom(jobSource);
        if (mayHaveMore && !jobSource.isDone) this.#jobSources.push(jobSource);
      }
    }
    this.#pumping = false;
  }

  /** Puts some jobs of a source; `false` when it has no more now. */
  async #pumpFrom(jobSource: JobSource): Promise<boolean> {
    const jobs: Job[] = [];
    let mayHaveMore = true;
    while (jobs.length < this.#effects.mostAtOnce && this.#hasRoom(jobs.length)) {
      const job = within(jobSource.inContext, () => jobSource.nextJob());
      mayHaveMore = job !== undefined;
      if (job === undefined) break;
      try {
        if (this.#effects.take(job)) jobs.push(job);
      } catch (error) {
        jobSource.fail(error as Error);
        break;
      }
    }
    // The call's own input has ended it while they were taken.
    if (jobSource.isOver) for (const job of jobs.splice(0)) this.#effects.abandon(job);
    if (jobs.length > 0) await this.#effects.put(jobs);
    return mayHaveMore;
  }
}
