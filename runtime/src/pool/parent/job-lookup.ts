import type { Bundle } from './bundle.js';
import type { Dispatcher } from './dispatcher.js';
import type { Caller, Job } from './job.js';
import type { Outcomes } from './outcomes.js';
import type { RetrySchedule } from './retry-schedule.js';
import type { SlotDesk } from './slot-desk.js';

/** Finds jobs wherever they are, as long as they are not answered. */
export class JobLookup {
  readonly #desk: SlotDesk;
  readonly #dispatcher: Dispatcher;
  readonly #schedule: RetrySchedule;
  readonly #outcomes: Outcomes;
  readonly #unbundle: (bundle: Bundle) => void;

  /** @param unbundle ends a bundle, so that its jobs lie elsewhere, each by itself */
  constructor(
    desk: SlotDesk,
    dispatcher: Dispatcher,
    schedule: RetrySchedule,
    outcomes: Outcomes,
    unbundle: (bundle: Bundle) => void,
  ) {
    this.#desk = desk;
    this.#dispatcher = dispatcher;
    this.#schedule = schedule;
    this.#outcomes = outcomes;
    this.#unbundle = unbundle;
  }

  withId(jobId: string): Job | undefined {
    const dot = jobId.lastIndexOf('.');
    const prefix = jobId.slice(0, dot);
    const index = Number(jobId.slice(dot + 1));
    for (const bundle of this.#desk.bundles.all())
      if (bundle.holds(index) && bundle.caller.record.jobIdPrefix === prefix) this.#unbundle(bundle);
    return this.#all().find((job) => job.jobId === jobId && !job.answered);
  }

  of(caller: Caller): Job[] {
    for (const bundle of this.#desk.bundles.all()) if (bundle.caller === caller) this.#unbundle(bundle);
    return this.#all().filter((job) => job.caller === caller && !job.answered);
  }

  #all(): Job[] {
    return [
      ...this.#desk.jobs(),
      ...this.#dispatcher.jobs(),
      ...this.#schedule.jobs(),
      ...this.#outcomes.jobs(),
    ];
  }
}
