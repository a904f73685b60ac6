import type { Queue, QueueCounts } from '../../contracts/queue.js';
import type { Job } from '../jobs/job.js';
import { deadError, type JobRecord, jobIdsOn } from './records.js';
import { showsReaders } from './reply-reader.js';

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
  /** A look is under way, and may be putting jobs again: another one would not see them yet. */
  #isLooking = false;

  constructor(handlers: LostJobsHandlers) {
    this.#handlers = handlers;
  }

  /** The job lies on its queue, or somebody has it. */
  trust(job: Job): void {
    this.#trusted.add(job);
  }

  isTrusted(job: Job): boolean {
    return this.#trusted.has(job);
  }

  /** It is waited for no longer. */
  forget(job: Job): void {
    this.#trusted.delete(job);
  }

  async look(queues: Iterable<Queue<unknown>>): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#looks += 1;
    for (const queue of queues) await this.#lookAt(queue);
    this.#isLooking = false;
  }

  async #lookAt(queue: Queue<unknown>): Promise<void> {
    try {
      const counts = await queue.counts();
      if (queue.supports.dead) await this.#lookAtDead(queue, counts.dead);
      await this.#findVanished(queue, counts);
    } catch {
      // The server is away; there is another look.
      this.#suspects.delete(queue);
    }
  }

  /** The jobs that are waited for and do not lie on the queue. */
  async #withoutRecord(queue: Queue<unknown>, count: number): Promise<ReadonlyMap<string, Job>> {
    const waiting = this.#handlers.waiting(queue);
    if (count === 0) return waiting;
    // As many as there are, or more: none of them is missed.
    if (count >= waiting.size || !queue.supports.peek) return new Map();
    const there = await jobIdsOn(queue);
    return new Map([...waiting].filter(([id]) => !there.has(id)));
  }

  /** There may be many dead letters, of others; they are read when there are more or fewer, and now and then. */
  async #lookAtDead(queue: Queue<unknown>, count: number): Promise<void> {
    if (count === (this.#deadSeen.get(queue) ?? 0) && this.#looks % LOOK_ANYWAY !== 0) return;
    this.#deadSeen.set(queue, count);
    await this.#failDead(queue);
  }

  /** Jobs that were given up by their queue are answered here: whoever had them is gone. */
  async #failDead(queue: Queue<unknown>): Promise<void> {
    const letters = await queue.dead.getAll();
    const waiting = this.#handlers.waiting(queue);
    for (const { value, reason } of letters) {
      const id = (value as Partial<JobRecord> | null | undefined)?.id;
      const job = id === undefined ? undefined : waiting.get(id);
      if (job !== undefined) this.#handlers.fail(job, deadError(job.jobId, reason));
    }
  }

  /**
   * The answer of a job is there before the job is gone, so what was waited for at two looks, and was at neither on the queue
   * or with a host, has none.
   */
  async #findVanished(queue: Queue<unknown>, { ready, delayed, leased }: QueueCounts): Promise<void> {
    const before = this.#suspects.get(queue);
    this.#suspects.delete(queue);
    // What hosts have cannot be told apart.
    if (leased > 0) return;
    const waiting = await this.#withoutRecord(queue, ready + delayed);
    this.#suspects.set(queue, waiting);
    const vanished = [...waiting.values()].filter((job) => before?.get(job.jobId) === job);
    if (vanished.length === 0) return;
    if (queue.supports.dead) await this.#failDead(queue);
    // Somebody has cleared the queue. Where an engine does not show what others hold, it may be with a host.
    const isLost = (job: Job) =>
      !job.answered && (this.#trusted.delete(job) || (queue.supports.dead && showsReaders(queue)));
    const again = vanished.filter(isLost);
    if (again.length > 0) {
      // They are as new: it takes two looks to miss them once more, as an engine may show late what it has or has given out.
      this.#suspects.delete(queue);
      return this.#handlers.putAgain(again);
    }
    // Without dead letters a queue drops what was handed out too often. With them it is found there.
    if (queue.supports.dead) return;
    for (const job of vanished) this.#handlers.fail(job, deadError(job.jobId, 'its queue has it no more'));
  }
}
