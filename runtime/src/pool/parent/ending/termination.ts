import { clearTimeout, setTimeout } from '../../../clock/timers.js';
import type { Job, Stop } from '../../jobs/job.js';
import type { RetrySchedule } from '../../jobs/retry-schedule.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import { moduleLoadError } from '../processes/death-errors.js';
import type { FailedAttempt, Outcomes } from './outcomes.js';

export interface TerminationEffects {
  /** How long a job that was told to stop has until its process is killed, in milliseconds. */
  readonly killTimeoutMs: number;
  /** Are responses to have what their jobs have printed? */
  readonly keepsOutput: boolean;
  now(): number;
  /** Hears what the children have told by now. */
  catchUp(): void;
  /** A job that waited in line is not to be run any more. */
  leftLane(): void;
  /** The job is let go of without an answer. */
  settled(job: Job): void;
}

/**
 * Ends jobs that have not ended themselves: one that waits is taken out, one that runs is asked to end, and its process
 * killed when it has not after a while.
 */
export class Termination {
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  readonly #outcomes: Outcomes;
  readonly #schedule: RetrySchedule;
  readonly #effects: TerminationEffects;
  readonly #killTimers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(
    allocator: SlotAllocator,
    supervisor: ChildSupervisor,
    outcomes: Outcomes,
    schedule: RetrySchedule,
    effects: TerminationEffects,
  ) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
    this.#outcomes = outcomes;
    this.#schedule = schedule;
    this.#effects = effects;
  }

  /** Stops a job wherever it is, and answers it. */
  stop(job: Job, stop: Stop): void {
    if (job.answered || this.#isClosed) return;
    if (job.isEnding) return this.#endTelling(job);
    job.stop = stop;
    if (job.slot === -1 || this.#allocator.slots.withdraw(job.slot)) {
      this.#takeOut(job);
      this.#outcomes.canceled(job, stop.error);
    } else if (job.notice !== undefined) {
      const child = this.#allocator.slots.runnerOf(job.slot);
      this.#outcomes.stoppedBetween(job, stop.error);
      this.end(job, child);
    } else this.answerAndEnd(job, stop.error, 'error');
  }

  /** Stops a job that no process is at, and answers it. */
  stopUnbegun(job: Job, stop: Stop): void {
    if (job.answered || this.#isClosed || job.isEnding || job.notice !== undefined) return;
    if (job.slot !== -1 && !this.#allocator.slots.withdraw(job.slot)) return;
    job.stop = stop;
    this.#takeOut(job);
    this.#outcomes.canceled(job, stop.error);
  }

  /** Its answer waits for listeners of its class that a child tells: they have as long as a job that was told to stop. */
  #endTelling(job: Job): void {
    if (job.notice === undefined || job.slot === -1) return;
    const child = this.#allocator.slots.runnerOf(job.slot);
    if (child !== -1) this.end(job, child);
  }

  /** From wherever a job waits. */
  #takeOut(job: Job): void {
    const waitsInLane = job.slot === -1 && !this.#schedule.remove(job);
    this.#allocator.release(job);
    if (waitsInLane) this.#effects.leftLane();
  }

  /** Answers a job that runs, and has it end. */
  answerAndEnd(job: Job, error: Error, kind: FailedAttempt['kind'], stack?: string): void {
    const { slots } = this.#allocator;
    const child = slots.runnerOf(job.slot);
    const endedAt = this.#effects.now();
    const startedAt = slots.startedAtOf(job.slot, endedAt) || job.loadingSince || endedAt;
    this.#keepOutput(job, child);
    this.#outcomes.stopped(job, error, {
      kind,
      pid: this.#supervisor.pidOf(child),
      startedAt,
      endedAt,
      stack,
    });
    this.end(job, child);
  }

  #keepOutput(job: Job, child: number): void {
    const output = this.#effects.keepsOutput ? this.#supervisor.outputOf(child)?.ofUnended() : undefined;
    if (output !== undefined) job.addOutput(output);
  }

  /** Asks a running job to end, and kills its process when it has not after a while. */
  end(job: Job, child: number): void {
    // Whoever was told of the job's end may have ended the pool.
    if (this.#isClosed) return;
    const { slot } = job;
    const process = this.#supervisor.children[child];
    this.#allocator.slots.askToAbort(slot);
    process?.ring();
    const timer = setTimeout(() => {
      this.#killTimers.delete(timer);
      // It may have ended and the process be at its next job: what it has told comes first.
      this.#effects.catchUp();
      if (this.#isClosed) return;
      const isStillThere =
        this.#allocator.jobIn(slot) === job && this.#allocator.slots.runnerOf(slot) === child;
      if (!isStillThere || process === undefined || this.#supervisor.children[child] !== process) return;
      process.killOnPurpose();
    }, this.#effects.killTimeoutMs);
    timer.unref();
    this.#killTimers.add(timer);
  }

  /** Lets go of a job that no process is at; `false` when one is, also to tell listeners. */
  withdraw(job: Job): boolean {
    if (job.answered || this.#isClosed || job.notice !== undefined || job.isEnding) return false;
    if (job.slot !== -1 && !this.#allocator.slots.withdraw(job.slot)) return false;
    job.answered = true;
    this.#takeOut(job);
    this.#effects.settled(job);
    return true;
  }

  /** Lets go of a job without an answer; one that runs is let go of when its process says so. */
  abandon(job: Job): void {
    if (job.answered || this.#isClosed) return;
    job.answered = true;
    if (job.slot === -1 || this.#allocator.slots.withdraw(job.slot)) this.#takeOut(job);
    this.#effects.settled(job);
  }

  /** Nobody gets an answer to the call of this job: its module cannot be loaded. */
  failLoad(job: Job, cause: Error): void {
    const { caller, task } = job;
    caller.fail(moduleLoadError(task, cause));
    this.abandon(job);
    for (const other of caller.openJobs()) if (other.task === task) this.abandon(other);
  }

  /** Nothing is let go of or killed any more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#killTimers) clearTimeout(timer);
  }
}
