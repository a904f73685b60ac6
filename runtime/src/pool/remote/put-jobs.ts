import type { Queue } from '../../contracts/queue.js';
import type { Job } from '../jobs/job.js';
import { takeOut } from './take-out.js';

interface Place {
  readonly queue: Queue<unknown>;
  /** Its id on the queue. */
  readonly id: string;
}

/** Where the jobs lie that were put and are not answered, so that they can be taken back. */
export class PutJobs {
  readonly #places = new Map<string, Place>();
  /** Jobs that are being put: does somebody wait for them? */
  readonly #beingPut = new Map<string, boolean>();
  readonly #pending = new Set<Promise<void>>();

  /** @param put gives the ids of the jobs on the queue, in order; nothing where they were not put */
  async put(
    queue: Queue<unknown>,
    jobs: readonly Job[],
    put: () => Promise<readonly string[] | undefined>,
  ): Promise<void> {
    for (const { jobId } of jobs) this.#beingPut.set(jobId, true);
    await this.#track(this.#put(queue, jobs, put));
  }

  async #put(
    queue: Queue<unknown>,
    jobs: readonly Job[],
    put: () => Promise<readonly string[] | undefined>,
  ): Promise<void> {
    try {
      const ids = await put();
      if (ids === undefined) return;
      jobs.forEach((job, index) => {
        const isWanted = this.#beingPut.get(job.jobId);
        // An answer may be quicker than the engine's word on the put.
        if (!job.answered || !isWanted) this.#places.set(job.jobId, { queue, id: ids[index]! });
      });
      this.withdraw(jobs.filter(({ jobId }) => this.#beingPut.get(jobId) === false));
    } finally {
      for (const { jobId } of jobs) this.#beingPut.delete(jobId);
    }
  }

  has({ jobId }: Job): boolean {
    return this.#places.has(jobId);
  }

  /** It was answered. */
  forget({ jobId }: Job): void {
    this.#places.delete(jobId);
  }

  /**
   * Nobody waits for these any more: those that wait are begun by nobody, and who runs one has lost its lease.
   * @returns those that this pool has put, or is putting
   */
  withdraw(jobs: readonly Job[]): Job[] {
    const withdrawn = jobs.filter(({ jobId }) => this.#places.has(jobId) || this.#beingPut.has(jobId));
    for (const { jobId } of withdrawn) if (this.#beingPut.has(jobId)) this.#beingPut.set(jobId, false);
    void this.takeBack(withdrawn);
    return withdrawn;
  }

  /** Resolves when those that were put are on their queues no more, or the server is away. */
  async takeBack(jobs: readonly Job[]): Promise<void> {
    const byQueue = new Map<Queue<unknown>, Map<string, string>>();
    for (const { jobId } of jobs) {
      const place = this.#places.get(jobId);
      this.#places.delete(jobId);
      if (place === undefined) continue;
      const ids = byQueue.get(place.queue) ?? new Map<string, string>();
      byQueue.set(place.queue, ids.set(place.id, jobId));
    }
    await Promise.all([...byQueue].map(([queue, ids]) => this.#track(takeOut(queue, ids))));
  }

  #track(doing: Promise<void>): Promise<void> {
    const tracked = doing.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
    return tracked;
  }

  /** Resolves when nothing is being put or taken back. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}
