import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../clock/timers.js';
import { JobTimeoutError } from '../../errors/errors.js';
import { asError } from '../../worker/as-error.js';
import type { Job } from '../jobs/job.js';
import type { Outcomes } from '../parent/ending/outcomes.js';
import type { Ended, InlineAttempt } from './inline-attempt.js';

/** A job that has begun and not ended, as far as one waits for it. */
interface Running {
  readonly job: Job;
  readonly attempt: InlineAttempt;
  readonly startedAt: number;
  /** When its class was set up; 0 before. */
  begunAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** What the jobs that run need of their pool. */
export interface RunningContext {
  readonly outcomes: Outcomes;
  /** How long a process would be given to end a job. */
  readonly killTimeoutMs: number;
  now(): number;
  hasEnded(): boolean;
  /** Nobody waits for this one any more, whether it has ended or not: another one may begin. */
  letGo(job: Job): void;
}

/** The jobs of an inline pool that have begun: their time limits, how they are stopped, and how they end. */
export class RunningJobs {
  readonly #context: RunningContext;
  readonly #jobs = new Map<Job, Running>();
  #whenStill: (() => void) | undefined;

  constructor(context: RunningContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#jobs.size;
  }

  has(job: Job): boolean {
    return this.#jobs.has(job);
  }

  /** When a job's class was set up; 0 where it was not, or the job does not run. */
  begunAt(job: Job): number {
    return this.#jobs.get(job)?.begunAt ?? 0;
  }

  /** How long those that run have run, together. */
  busyMs(now: number): number {
    let sum = 0;
    for (const { startedAt } of this.#jobs.values()) sum += now - startedAt;
    return sum;
  }

  /**
   * Runs an attempt to its end, and tells its outcome.
   * @param makeAttempt may throw what the constructor of the worker throws
   * @param setUp before its time counts; it answers the job where there is nothing to run
   */
  async run(
    job: Job,
    packedArgs: Buffer,
    makeAttempt: () => InlineAttempt,
    setUp: () => Promise<void>,
  ): Promise<void> {
    let running: Running | undefined;
    try {
      running = {
        job,
        attempt: makeAttempt(),
        startedAt: this.#context.now(),
        begunAt: 0,
        timer: undefined,
      };
      this.#jobs.set(job, running);
      await setUp();
      if (job.answered) return;
      running.begunAt = this.#context.now();
      this.#limit(running);
      this.#onEnd(running, await running.attempt.run(packedArgs));
    } catch (thrown) {
      const error = asError(thrown);
      const now = this.#context.now();
      if (!job.answered) this.#fail(job, { ok: false, error, exitCode: 1, state: undefined }, now);
    } finally {
      if (running !== undefined) this.#letGo(running);
    }
  }

  #limit(running: Running): void {
    const { job } = running;
    const { timeoutMs } = job;
    if (timeoutMs === undefined) return;
    running.timer = setTimeout(
      () => {
        const error = new JobTimeoutError(job.jobId, timeoutMs);
        job.stop = { kind: 'timeout', error };
        if (job.task.strategy === undefined) this.#stop(running, error, 'timeout');
        else this.#askToEnd(running);
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
  }

  #onEnd(running: Running, ended: Ended): void {
    const { job, startedAt } = running;
    if (job.answered || this.#jobs.get(job) !== running || this.#context.hasEnded()) return;
    this.#letGo(running);
    if (!ended.ok) return this.#fail(job, ended, startedAt);
    const { outcomes, now } = this.#context;
    outcomes.succeeded(job, ended.body, process.pid, startedAt, now(), ended.state);
  }

  #fail(job: Job, ended: Ended & { ok: false }, startedAt: number): void {
    const { stop } = job;
    job.stop = undefined;
    this.#context.outcomes.failed(job, {
      kind: stop === undefined ? 'error' : 'timeout',
      error: stop?.error ?? ended.error,
      exitCode: stop === undefined ? ended.exitCode : 1,
      pid: process.pid,
      startedAt,
      endedAt: this.#context.now(),
      state: ended.state,
    });
  }

  #letGo(running: Running): void {
    const { job, timer } = running;
    clearTimeout(timer);
    if (this.#jobs.get(job) !== running) return;
    this.#jobs.delete(job);
    if (this.#jobs.size === 0) this.#whenStill?.();
    this.#context.letGo(job);
  }

  /** Aborts it, and goes on without it after the time that a process would have to end it. */
  #askToEnd(running: Running): void {
    const { job } = running;
    clearTimeout(running.timer);
    running.timer = setTimeout(() => {
      const error = new Error('the job did not end when it was asked to');
      if (!job.answered) this.#onEnd(running, { ok: false, error, exitCode: 1, state: undefined });
      else this.#letGo(running);
    }, this.#context.killTimeoutMs);
    running.attempt.abort();
  }

  #stop(running: Running, error: Error, kind: 'error' | 'timeout'): void {
    const { job, startedAt } = running;
    const endedAt = this.#context.now();
    this.#context.outcomes.stopped(job, error, { kind, pid: process.pid, startedAt, endedAt });
    this.#askToEnd(running);
  }

  /** Answers a job and asks it to end. @returns whether it ran */
  stop(job: Job, error: Error): boolean {
    const running = this.#jobs.get(job);
    if (running === undefined) return false;
    this.#stop(running, error, 'error');
    return true;
  }

  /** Resolves when none runs. */
  async still(): Promise<void> {
    if (this.#jobs.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenStill = resolve;
    });
  }

  /** Aborts all; nobody waits for them, or for their end. */
  abandon(): void {
    for (const { attempt, timer } of this.#jobs.values()) {
      clearTimeout(timer);
      attempt.abort();
    }
    this.#whenStill?.();
  }
}
