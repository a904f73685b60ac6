import { clearInterval, LONGEST_TIMER_MS, queueMicrotask, setInterval } from '../../../clock/timers.js';
import type { WorkerClass } from '../../../worker/worker.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { Dispatcher } from './dispatcher.js';
import type { ReadyJobs } from './ready-jobs.js';

export interface PausingParts {
  readonly allocator: SlotAllocator;
  readonly dispatcher: Dispatcher;
  readonly ready: ReadyJobs;
  readonly hasEnded: boolean;
}

/** Keeps jobs of a class from beginning, and lets them go on. */
export class Pausing {
  readonly #parts: PausingParts;
  /** While calls wait for their class. */
  #awake: NodeJS.Timeout | undefined;

  constructor(parts: PausingParts) {
    this.#parts = parts;
  }

  pause(workerClass: WorkerClass): void {
    this.#parts.dispatcher.pause(workerClass);
    this.#takeBackAll(workerClass);
    // The input of a call, which is its caller's code, may have asked for it: what is being placed then is there a moment later.
    queueMicrotask(() => this.#takeBackAll(workerClass));
    this.#goOn();
  }

  resume(workerClass: WorkerClass): void {
    const { dispatcher, ready } = this.#parts;
    dispatcher.resume(workerClass, (job) => ready.line?.again(job, 0) ?? false);
    this.#goOn();
  }

  #goOn(): void {
    this.stayAwake();
    this.#parts.ready.nudge();
  }

  /** Who waits for a call whose class is paused must live to see it go on, though no job of it is there. */
  stayAwake(): void {
    if (!this.#parts.hasEnded && this.#parts.dispatcher.keepsSources)
      this.#awake ??= setInterval(() => {}, LONGEST_TIMER_MS);
    else if (this.#awake !== undefined) {
      clearInterval(this.#awake);
      this.#awake = undefined;
    }
  }

  /** Jobs of a paused class that lie in shared memory, and that no process has taken. */
  #takeBackAll(workerClass: WorkerClass): void {
    const { hasEnded, dispatcher, allocator, ready } = this.#parts;
    if (hasEnded || !dispatcher.isPaused(workerClass)) return;
    for (const bundle of allocator.bundles.all())
      if (bundle.task.workerClass === workerClass) ready.unbundle(bundle);
    for (const job of allocator.jobs()) {
      const isOfClass = job.task.workerClass === workerClass && job.notice === undefined && !job.isEnding;
      if (isOfClass && allocator.slots.withdraw(job.slot)) ready.runElsewhere(job);
    }
  }
}
