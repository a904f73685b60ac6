import type { Job } from '../../jobs/job.js';
import type { RetrySchedule } from '../../jobs/retry-schedule.js';
import type { JobsInLine } from '../../pool-engine.js';
import { Lane } from '../../transport/job-slots.js';
import type { Deadlines } from '../ending/deadlines.js';
import type { Bundle } from '../placing/bundle.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import type { ParentLoop } from '../results/parent-loop.js';
import type { Dispatcher } from './dispatcher.js';

export interface ReadyParts {
  readonly allocator: SlotAllocator;
  readonly dispatcher: Dispatcher;
  readonly schedule: RetrySchedule;
  readonly deadlines: Deadlines;
  readonly supervisor: ChildSupervisor;
  readonly loop: ParentLoop;
  readonly hasEnded: boolean;
  now(): number;
}

/** Jobs that are ready to run: it puts them into the parent's lanes, and takes them back from their slots into these. */
export class ReadyJobs {
  /** Where jobs wait that have steering. */
  line: JobsInLine | undefined;
  readonly #parts: ReadyParts;

  constructor(parts: ReadyParts) {
    this.#parts = parts;
  }

  /** There is more to do: input for a source, a job in a lane. */
  nudge(): void {
    this.#parts.supervisor.fillSoon();
    this.#parts.loop.nudge();
  }

  enqueue(job: Job, lane: Lane): void {
    this.#parts.dispatcher.add(job, lane);
    this.nudge();
  }

  /** Before all others. */
  enqueueFirst(jobs: readonly Job[]): void {
    for (const job of jobs) this.enqueue(job, Lane.Urgent);
  }

  /** The slot is given back; what another attempt needs is kept. */
  takeBack(job: Job): void {
    const { deadlines, allocator } = this.#parts;
    // Its time limit is of an attempt, not of the job.
    deadlines.forget(job);
    if (job.slot !== -1) allocator.keepArgs(job);
    allocator.release(job);
    job.loadingSince = 0;
  }

  /** Of a job that has not begun: whatever process comes to it next runs it, before all others. */
  runElsewhere(job: Job): void {
    this.takeBack(job);
    this.enqueue(job, Lane.Urgent);
  }

  /** Takes a job out of wherever it waits, unless a process has taken it or its end has begun. */
  takeOut(job: Job): boolean {
    const { hasEnded, dispatcher, allocator } = this.#parts;
    if (hasEnded || job.answered || job.isEnding || job.notice !== undefined) return false;
    if (job.slot === -1) return dispatcher.takeOut(job);
    if (!allocator.slots.withdraw(job.slot)) return false;
    this.takeBack(job);
    return true;
  }

  /** There is to be another attempt. @param delayMs `undefined`: at once, before all others */
  again(job: Job, delayMs: number | undefined): void {
    const { hasEnded, schedule } = this.#parts;
    if (hasEnded) return;
    job.fatal = undefined;
    job.queuedAt = this.#parts.now() + (delayMs ?? 0);
    if (job.steering?.limit !== undefined) {
      this.line?.between(job, delayMs === undefined);
      if (delayMs === undefined) return;
    }
    if (delayMs === undefined) this.enqueue(job, Lane.Urgent);
    else if (this.line?.again(job, delayMs)) return;
    else if (delayMs === 0) this.enqueue(job, Lane.Usual);
    else schedule.add(job, delayMs);
  }

  /** Ends a bundle; those jobs of it that nobody has begun go on by themselves, before others. */
  unbundle(bundle: Bundle): void {
    this.enqueueFirst(this.#parts.allocator.bundles.end(bundle));
  }

  /** Ends the bundles whose process has been at one job for a while, so that others run what follows it. */
  unbundleSlow(): void {
    for (const bundle of this.#parts.allocator.bundles.slowOnes(this.#parts.now())) this.unbundle(bundle);
  }
}
