import type { Job } from './job.js';

/** Watches how long jobs run. Looks only when one could be due, and not at all while no job has a limit. */
export class Deadlines {
  readonly #jobs = new Set<Job>();
  readonly #now: () => number;
  readonly #startedAt: (job: Job) => number;
  readonly #onDue: (job: Job) => void;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  /** @param startedAt when the job's attempt began; 0 when it has not */
  constructor(now: () => number, startedAt: (job: Job) => number, onDue: (job: Job) => void) {
    this.#now = now;
    this.#startedAt = startedAt;
    this.#onDue = onDue;
  }

  watch(job: Job): void {
    if (job.timeoutMs === undefined) return;
    this.#jobs.add(job);
    this.#arm(this.#now() + job.timeoutMs);
  }

  forget(job: Job): void {
    if (job.timeoutMs === undefined) return;
    this.#jobs.delete(job);
    if (this.#jobs.size === 0) this.stop();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    if (at >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = at;
    const waitMs = Math.min(Math.max(1, Math.ceil(at - this.#now())), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#look(), waitMs);
  }

  #look(): void {
    this.stop();
    const now = this.#now();
    let next = Number.POSITIVE_INFINITY;
    for (const job of [...this.#jobs]) {
      const startedAt = this.#startedAt(job);
      // One that has not begun cannot be due before its whole time has passed from now.
      const due = (startedAt === 0 ? now : startedAt) + job.timeoutMs!;
      if (due <= now) {
        this.#jobs.delete(job);
        this.#onDue(job);
      } else next = Math.min(next, due);
    }
    if (this.#jobs.size > 0) this.#arm(next);
  }
}
