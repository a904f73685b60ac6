import type { Queue, QueueCounts } from '../../contracts/queue.js';
import type { Job } from '../parent/job.js';
import { deadError, type JobRecord } from './records.js';

/** Of so many looks for dead letters, one reads them although their number has not changed. */
const LOOK_ANYWAY = 20;

export interface LostJobsHandlers {
  /** The jobs that are waited for, of one queue. */
  readonly waiting: (queue: Queue<unknown>) => ReadonlyMap<string, Job>;
  readonly fail: (job: Job, error: Error) => void;
  readonly putAgain: (jobs: readonly Job[]) => Promise<void>;
}

/** Looks for jobs whose queue will bring no answer any more. */
export class LostJobs {
  readonly #handlers: LostJobsHandlers;
  /** Jobs that an earlier run of a batch has put, and that have no answer yet. */
  readonly #trusted = new Set<Job>();
  readonly #deadSeen = new Map<Queue<unknown>, number>();
  /** What was waited for when a queue was found empty the last time. */
  readonly #suspects = new Map<Queue<unknown>, ReadonlyMap<string, Job>>();
  #looks = 0;

  constructor(handlers: LostJobsHandlers) {
    this.#handlers = handlers;
  }

  /** The job lies on its queue, or somebody has it. */
  trust(job: Job): void {
    this.#trusted.add(job);
  }

  /** It is waited for no longer. */
  forget(job: Job): void {
    this.#trusted.delete(job);
  }

  async look(queues: Iterable<Queue<unknown>>): Promise<void> {
    this.#looks += 1;
    for (const queue of queues)
      try {
        const counts = await queue.counts();
        if (queue.supports.dead) await this.#failDead(queue, counts.dead);
        await this.#findVanished(queue, counts);
      } catch {
        // The server is away; there is another look.
        this.#suspects.delete(queue);
      }
  }

  /** Jobs that were given up by their queue are answered here: whoever had them is gone. */
  async #failDead(queue: Queue<unknown>, count: number): Promise<void> {
    // There may be many, of others; they are read when there are more or fewer, and now and then.
    if (count === (this.#deadSeen.get(queue) ?? 0) && this.#looks % LOOK_ANYWAY !== 0) return;
    this.#deadSeen.set(queue, count);
    const letters = await queue.dead.getAll();
    const waiting = this.#handlers.waiting(queue);
    for (const { value, reason } of letters) {
      const id = (value as Partial<JobRecord> | null | undefined)?.id;
      const job = id === undefined ? undefined : waiting.get(id);
      if (job !== undefined) this.#handlers.fail(job, deadError(job.jobId, reason));
    }
  }

  /** The answer of a job is there before the job is gone, so what was waited for at two empty looks has none. */
  async #findVanished(queue: Queue<unknown>, { ready, delayed, leased }: QueueCounts): Promise<void> {
    const before = this.#suspects.get(queue);
    this.#suspects.delete(queue);
    if (ready + delayed + leased > 0) return;
    const waiting = this.#handlers.waiting(queue);
    this.#suspects.set(queue, waiting);
    const vanished = [...waiting.values()].filter((job) => before?.get(job.jobId) === job);
    // Somebody has cleared the queue between two runs of the batch.
    const again = vanished.filter((job) => this.#trusted.delete(job));
    if (again.length > 0) return this.#handlers.putAgain(again);
    // Without dead letters a queue drops what was handed out too often. With them it is found there.
    if (queue.supports.dead) return;
    for (const job of vanished) this.#handlers.fail(job, deadError(job.jobId, 'its queue has it no more'));
  }
}
