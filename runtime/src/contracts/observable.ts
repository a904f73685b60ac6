import type { JobEvent, JobEventDetail } from './job-event.js';
import type { Observer } from './observer.js';

/** Called with the job's worker and the event. What it throws is logged and changes nothing else. */
export type Listener<W = unknown> = (worker: W, event: JobEventDetail) => void | Promise<void>;

/** Listeners by event, as a listener file of a generated project exports them. */
export type Listeners<W = unknown> = { readonly [E in JobEvent]?: Listener<W> | readonly Listener<W>[] };

/**
 * Something whose events can be listened to.
 *
 * - listeners of one event are called in the order they were added
 * - one listener added twice to an event is called once
 * - a listener removed while the event is being fired may still be called this once
 * - a listener that throws or rejects is logged; the others are called all the same
 */
export interface Observable<W> {
  /** Adds a listener of an event. */
  addListener(event: JobEvent, listener: Listener<W> | Observer<W>): this;
  /** Removes a listener of an event; one that was not added is ignored. */
  removeListener(event: JobEvent, listener: Listener<W> | Observer<W>): this;
  /** Calls the listeners of an event. */
  fireEvent(event: JobEventDetail): void | Promise<void>;
}
