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

  constructor(desk: SlotDesk, dispatcher: Dispatcher, schedule: RetrySchedule, outcomes: Outcomes) {
    this.#desk = desk;
    this.#dispatcher = dispatcher;
    this.#schedule = schedule;
    this.#outcomes = outcomes;
  }

  withId(jobId: string): Job | undefined {
    return this.#all().find((job) => job.jobId === jobId && !job.answered);
  }

  of(caller: Caller): Job[] {
    return this.#all().filter((job) => job.caller === caller && !job.answered);
  }

  #all(): Job[] {
    const placed = this.#desk.jobs.filter((job): job is Job => job !== undefined);
    return [...placed, ...this.#dispatcher.jobs(), ...this.#schedule.jobs(), ...this.#outcomes.jobs()];
  }
}
