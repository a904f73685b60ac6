import type { JobEventDetail } from './job-event.js';

/** A listener as an object, for those that keep something between events. */
export interface Observer<W = unknown> {
  /** Called with the worker of the job and the event. */
  notify(worker: W, event: JobEventDetail): void | Promise<void>;
}
