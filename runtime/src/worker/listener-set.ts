import type { JobEvent, JobEventDetail } from '../contracts/job-event.js';
import type { Listener, Listeners } from '../contracts/observable.js';
import type { Observer } from '../contracts/observer.js';

type Heard = Listener<never> | Observer<never>;

/** The listeners of one worker, in the order they were added. */
export class ListenerSet {
  readonly #byEvent = new Map<JobEvent, Set<Heard>>();

  get events(): JobEvent[] {
    return [...this.#byEvent.keys()];
  }

  has(event: JobEvent): boolean {
    return this.#byEvent.has(event);
  }

  add(event: JobEvent, listener: Heard): void {
    const set = this.#byEvent.get(event);
    if (set) set.add(listener);
    else this.#byEvent.set(event, new Set([listener]));
  }

  remove(event: JobEvent, listener: Heard): void {
    const set = this.#byEvent.get(event);
    set?.delete(listener);
    if (set?.size === 0) this.#byEvent.delete(event);
  }

  /** Adds all of a `static listeners`, one map or several. */
  addAll(maps: Listeners<never> | readonly Listeners<never>[]): void {
    for (const map of Array.isArray(maps) ? maps : [maps])
      for (const [event, listeners] of Object.entries(map) as [
        JobEvent,
        Listener<never> | Listener<never>[],
      ][])
        for (const listener of Array.isArray(listeners) ? listeners : [listeners]) this.add(event, listener);
  }

  /**
   * Calls the listeners of an event one after another.
   * @returns a promise only when one of them returned one
   */
  fire(worker: unknown, event: JobEventDetail, report: (error: unknown) => void): void | Promise<void> {
    const set = this.#byEvent.get(event.type);
    if (set === undefined) return;
    const waiting: Promise<void>[] = [];
    for (const listener of [...set]) {
      try {
        const outcome =
          typeof listener === 'function'
            ? listener(worker as never, event)
            : listener.notify(worker as never, event);
        if (outcome instanceof Promise) waiting.push(outcome.catch(report));
      } catch (error) {
        report(error);
      }
    }
    if (waiting.length > 0) return Promise.all(waiting).then(() => {});
  }
}
