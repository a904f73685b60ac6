import { JobTimeoutError } from '../../errors/errors.js';
import type { JobSlots } from '../transport/job-slots.js';
import type { Job } from './job.js';
import type { SlotAllocator } from './slot-allocator.js';
import type { Termination } from './termination.js';

/** How long a module may load, at least, where its jobs have a time limit, in milliseconds. */
const LOAD_TIMEOUT_MS = 5_000;

/** When a job has run too long, and what follows then. */
export class TimeLimits {
  readonly #allocator: SlotAllocator;
  readonly #slots: JobSlots;
  readonly #processes: number;
  readonly #termination: Termination;

  readonly #setupTimeoutMs: number;

  /** @param setupTimeoutMs how long `setup` of a worker may take */
  constructor(allocator: SlotAllocator, termination: Termination, processes: number, setupTimeoutMs: number) {
    this.#allocator = allocator;
    this.#slots = allocator.slots;
    this.#processes = processes;
    this.#termination = termination;
    this.#setupTimeoutMs = setupTimeoutMs;
  }

  /** A job that waits cannot be due before its whole time has passed from now; one whose module loads has a little more. */
  dueAt(job: Job, now: number): number {
    if (!this.#isRunning(job)) return now + job.timeoutMs!;
    const startedAt = this.#slots.startedAtOf(job.slot, now);
    if (startedAt !== 0) return startedAt + job.timeoutMs!;
    job.loadingSince ||= now;
    return job.loadingSince + this.#loadTimeoutMs(job);
  }

  onDue(job: Job, now: number): void {
    if (job.answered || !this.#isRunning(job)) return;
    // The attempt has ended, and a child tells the listeners of the class: that is no attempt.
    if (job.notice !== undefined) return this.#termination.end(job, this.#slots.runnerOf(job.slot));
    const isLoading = this.#slots.startedAtOf(job.slot, now) === 0;
    const error = isLoading
      ? new JobTimeoutError(job.jobId, this.#loadTimeoutMs(job), 'waited for its module')
      : new JobTimeoutError(job.jobId, job.timeoutMs!);
    // What runs beside it may be what keeps its process from loading.
    if (isLoading && this.#isAlone(job) && job.task.hasFailedToLoad(1))
      return this.#termination.failLoad(job, error);
    job.stop = { kind: 'timeout', error };
    // Where there is another attempt, it waits until this one has ended: no two run at once.
    if (job.task.strategy === undefined) this.#termination.answerAndEnd(job, error, 'timeout');
    else this.#termination.end(job, this.#slots.runnerOf(job.slot));
  }

  #isAlone(job: Job): boolean {
    return this.#allocator.runningUnder(this.#processes)[this.#slots.runnerOf(job.slot)] === 1;
  }

  #isRunning(job: Job): boolean {
    return job.slot !== -1 && this.#slots.runnerOf(job.slot) !== -1;
  }

  #loadTimeoutMs({ timeoutMs, task }: Job): number {
    const setupMs = task.workerClass.setup === undefined ? 0 : this.#setupTimeoutMs;
    return Math.max(timeoutMs!, LOAD_TIMEOUT_MS) + setupMs;
  }
}
