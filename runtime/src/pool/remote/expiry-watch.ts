import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Queue } from '../../contracts/queue.js';
import type { Job } from '../jobs/job.js';
import { RetrySchedule } from '../jobs/retry-schedule.js';
import { jobIdsOn } from './records.js';

/** A host answers a job that it finds too late; only where none has found it so long after does its caller look, in milliseconds. */
const GRACE_MS = 1_000;

/** Finds jobs that have expired on their queue while there was no host for them. No host begins them after that. */
export class ExpiryWatch {
  readonly #queueOf: (job: Job) => Queue<unknown>;
  readonly #onExpired: (jobs: Job[]) => void;
  readonly #due = new RetrySchedule(monotonicMs, (jobs) => void this.#look(jobs));

  constructor(queueOf: (job: Job) => Queue<unknown>, onExpired: (jobs: Job[]) => void) {
    this.#queueOf = queueOf;
    this.#onExpired = onExpired;
  }

  watch(job: Job): void {
    const at = job.steering?.expiresAtMs;
    if (at !== undefined) this.#due.add(job, at - monotonicMs() + GRACE_MS);
  }

  forget(job: Job): void {
    if (job.steering?.expiresAtMs !== undefined) this.#due.remove(job);
  }

  close(): void {
    this.#due.close();
  }

  async #look(jobs: readonly Job[]): Promise<void> {
    for (const queue of new Set(jobs.map(this.#queueOf))) {
      const own = jobs.filter((job) => this.#queueOf(job) === queue);
      const waiting = await idsOn(queue);
      this.#onExpired(own.filter((job) => !job.answered && waiting.has(job.jobId)));
      // A host has it, or nobody can tell: it may come back.
      for (const job of own) if (!job.answered) this.#due.add(job, 10 * GRACE_MS);
    }
  }
}

/** Of a queue that does not show what waits, the host that takes a job tells. */
async function idsOn(queue: Queue<unknown>): Promise<ReadonlySet<unknown>> {
  if (!queue.supports.peek) return new Set();
  try {
    return await jobIdsOn(queue);
  } catch {
    // The server is away; there is another look.
    return new Set();
  }
}
