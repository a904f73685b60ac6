import { JobTimeoutError } from '../../../errors/errors.js';
import { MOST_WAITING_MS, waitedMs } from '../../../inspect/waited-ms.js';
import type { Job } from '../../jobs/job.js';
import type { JobSlots } from '../../transport/job-slots.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { Termination } from './termination.js';

/**
 * How long a module may load, at least, where its jobs have a time limit, in milliseconds. Time in which its process waits for a
 * processor does not count, up to `MOST_WAITING_MS`: on a busy machine that is not the module's fault.
 */
const LOAD_TIMEOUT_MS = 5_000;

export interface TimeLimitRules {
  readonly processes: number;
  /** How long `setup` of a worker may take, in milliseconds. */
  readonly setupTimeoutMs: number;
  pidOf(child: number): number | undefined;
  /** Where a child is, which takes a moment; `undefined` at once where that is not to be known. */
  stackOf(child: number): Promise<string | undefined> | undefined;
  /** Has the pool ended? */
  hasEnded(): boolean;
}

/** When a job has run too long, and what follows then. */
export class TimeLimits {
  readonly #allocator: SlotAllocator;
  readonly #slots: JobSlots;
  readonly #termination: Termination;
  readonly #rules: TimeLimitRules;
  /** How long the process of a job had waited for a processor when its module was first seen to load. */
  readonly #waitedBefore = new WeakMap<Job, number>();

  constructor(allocator: SlotAllocator, termination: Termination, rules: TimeLimitRules) {
    this.#allocator = allocator;
    this.#slots = allocator.slots;
    this.#termination = termination;
    this.#rules = rules;
  }

  /** A job that waits, or whose module loads, cannot have run too long before its whole time has passed from now. */
  dueAt(job: Job, now: number): number {
    if (!this.#isRunning(job)) return now + job.timeoutMs!;
    const startedAt = this.#slots.startedAtOf(job.slot, now);
    if (startedAt !== 0) return startedAt + job.timeoutMs!;
    if (job.loadingSince === 0) {
      job.loadingSince = now;
      this.#waitedBefore.set(job, this.#waitedMs(job));
    }
    const due = job.loadingSince + this.#loadTimeoutMs(job);
    return Math.min(now + job.timeoutMs!, due > now ? due : due + this.#waitedSince(job));
  }

  #waitedSince(job: Job): number {
    const waited = this.#waitedMs(job) - (this.#waitedBefore.get(job) ?? 0);
    return Math.min(Math.max(0, waited), MOST_WAITING_MS);
  }

  #waitedMs(job: Job): number {
    const pid = this.#rules.pidOf(this.#slots.runnerOf(job.slot));
    return pid === undefined ? 0 : waitedMs(pid);
  }

  onDue(job: Job, now: number): void {
    if (job.answered || !this.#isRunning(job)) return;
    const child = this.#slots.runnerOf(job.slot);
    // The attempt has ended, and a child tells the listeners of the class: that is no attempt.
    if (job.notice !== undefined) return this.#termination.end(job, child);
    const isLoading = this.#slots.startedAtOf(job.slot, now) === 0;
    const limitMs = isLoading ? this.#loadTimeoutMs(job) : job.timeoutMs!;
    const what = isLoading ? 'waited for its module' : 'ran';
    // From now on its end counts as one by its time limit.
    job.stop = { kind: 'timeout', error: new JobTimeoutError(job.jobId, limitMs, what) };
    const stack = this.#rules.stackOf(child);
    if (stack === undefined) return this.#stop(job, child, isLoading);
    const use = this.#slots.useOf(job.slot);
    void stack.then((found) => {
      if (this.#rules.hasEnded() || job.answered || !this.#isAt(job, child, use)) return;
      if (found !== undefined) {
        const [where] = found.split('\n', 1);
        job.stop = {
          kind: 'timeout',
          error: new JobTimeoutError(job.jobId, limitMs, what, where),
          stack: found,
        };
      }
      this.#stop(job, child, isLoading);
    });
  }

  /** Is it still the same attempt, in the same child? */
  #isAt(job: Job, child: number, use: number): boolean {
    return (
      job.slot !== -1 &&
      job.stop?.kind === 'timeout' &&
      this.#slots.useOf(job.slot) === use &&
      this.#slots.runnerOf(job.slot) === child
    );
  }

  #stop(job: Job, child: number, isLoading: boolean): void {
    const { error, stack } = job.stop!;
    // What runs beside it may be what keeps its process from loading.
    if (isLoading && this.#isAlone(child) && job.task.hasFailedToLoad(1))
      return this.#termination.failLoad(job, error);
    // Where there is another attempt, it waits until this one has ended: no two run at once.
    if (job.task.strategy === undefined) this.#termination.answerAndEnd(job, error, 'timeout', stack);
    else this.#termination.end(job, child);
  }

  #isAlone(child: number): boolean {
    return this.#allocator.runningUnder(this.#rules.processes)[child] === 1;
  }

  #isRunning(job: Job): boolean {
    return job.slot !== -1 && this.#slots.runnerOf(job.slot) !== -1;
  }

  #loadTimeoutMs({ timeoutMs, task }: Job): number {
    const setupMs = task.workerClass.setup === undefined ? 0 : this.#rules.setupTimeoutMs;
    return Math.max(timeoutMs!, LOAD_TIMEOUT_MS) + setupMs;
  }
}
