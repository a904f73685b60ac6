import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../../clock/timers.js';
import { IndexedSet } from '../../collections/indexed-set.js';
import type { Job } from '../../jobs/job.js';

/**
 * Watches how long jobs run: those in shared memory, as only they can be running. Looks only when one could be due, and not
 * at all while none of them has a limit.
 */
export class Deadlines {
  readonly #jobs = new IndexedSet<Job>();
  readonly #now: () => number;
  readonly #dueAt: (job: Job, now: number) => number;
  readonly #onDue: (job: Job) => void;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #isClosed = false;

  /** @param dueAt when the job will have run too long, as far as one can tell now */
  constructor(now: () => number, dueAt: (job: Job, now: number) => number, onDue: (job: Job) => void) {
    this.#now = now;
    this.#dueAt = dueAt;
    this.#onDue = onDue;
  }

  /** The job has a place in shared memory. */
  watch(job: Job): void {
    if (job.timeoutMs === undefined || this.#isClosed) return;
    this.#jobs.add(job);
    this.#arm(this.#now() + job.timeoutMs);
  }

  forget(job: Job): void {
    if (job.timeoutMs === undefined) return;
    this.#jobs.remove(job);
    if (this.#jobs.size === 0) this.#disarm();
  }

  /** Nothing is watched any more, whoever asks for it. */
  close(): void {
    this.#isClosed = true;
    this.#jobs.clear();
    this.#disarm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    if (at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    const waitMs = Math.min(Math.max(1, Math.ceil(at - this.#now())), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#look(), waitMs);
  }

  #look(): void {
    this.#disarm();
    const now = this.#now();
    let next = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.all()) {
      // What follows for one job is told to the user's code, which may stop others, or the pool.
      if (this.#isClosed) return;
      if (job.answered) continue;
      const due = this.#dueAt(job, now);
      if (due <= now) {
        this.#jobs.remove(job);
        this.#onDue(job);
      } else next = Math.min(next, due);
    }
    if (this.#jobs.size > 0) this.#arm(next);
  }
}
