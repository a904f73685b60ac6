import type { Queue, QueueCounts } from '../../contracts/queue.js';
import type { Job } from '../parent/job.js';
import { deadError, type JobRecord, type ReplyRecord } from './records.js';

/** Of so many looks for dead letters, one reads them although their number has not changed. */
const LOOK_ANYWAY = 20;
/** So many looks that find an empty queue in a row mean that an answer is not on its way. */
const EMPTY_LOOKS = 2;

export interface LostJobsHandlers {
  /** A job that is waited for. */
  readonly find: (jobId: string) => Job | undefined;
  readonly answer: (job: Job, reply: ReplyRecord) => void;
  readonly putAgain: (jobs: readonly Job[]) => Promise<void>;
}

/** Looks for jobs whose queue will bring no answer any more. */
export class LostJobs {
  readonly #handlers: LostJobsHandlers;
  /** Jobs that an earlier run of a batch has put, and that have no answer yet. */
  readonly #trusted = new Map<string, Job>();
  readonly #deadSeen = new Map<Queue<unknown>, number>();
  #looks = 0;
  #emptyLooks = 0;

  constructor(handlers: LostJobsHandlers) {
    this.#handlers = handlers;
  }

  /** The job lies on its queue, or somebody has it. */
  trust(job: Job): void {
    this.#trusted.set(job.jobId, job);
  }

  /** It is waited for no longer. */
  forget(jobId: string): void {
    this.#trusted.delete(jobId);
  }

  async look(queues: Iterable<Queue<unknown>>): Promise<void> {
    this.#looks += 1;
    for (const queue of queues)
      try {
        const counts = await queue.counts();
        if (queue.supports.dead) await this.#answerDead(queue, counts.dead);
        await this.#putVanished(counts);
      } catch {
        // The server is away; there is another look.
      }
  }

  /** Jobs that were given up by their queue are answered here: whoever had them is gone. */
  async #answerDead(queue: Queue<unknown>, count: number): Promise<void> {
    // There may be many, of others; they are read when there are more or fewer, and now and then.
    if (count === (this.#deadSeen.get(queue) ?? 0) && this.#looks % LOOK_ANYWAY !== 0) return;
    this.#deadSeen.set(queue, count);
    for (const { value, reason } of await queue.dead.getAll()) {
      const id = (value as Partial<JobRecord> | null | undefined)?.id;
      const job = id === undefined ? undefined : this.#handlers.find(id);
      if (job === undefined) continue;
      const error = deadError(job.jobId, reason);
      this.#handlers.answer(job, { version: 1, id: job.jobId, ok: false, error, exitCode: 1, attempts: [] });
    }
  }

  /** What an earlier run has put is put again when its queue stays empty: somebody has cleared it. */
  async #putVanished({ ready, delayed, leased }: QueueCounts): Promise<void> {
    this.#emptyLooks = ready + delayed + leased === 0 ? this.#emptyLooks + 1 : 0;
    if (this.#trusted.size === 0 || this.#emptyLooks < EMPTY_LOOKS) return;
    this.#emptyLooks = 0;
    const jobs = [...this.#trusted.values()];
    this.#trusted.clear();
    await this.#handlers.putAgain(jobs);
  }
}
