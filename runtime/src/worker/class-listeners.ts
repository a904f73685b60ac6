import { ListenerSet } from './listener-set.js';
import type { WorkerClass } from './worker.js';

const bound = new WeakMap<WorkerClass, ListenerSet>();

/** The `static listeners` of a class, sorted by event once. */
export function classListeners(workerClass: WorkerClass): ListenerSet {
  const known = bound.get(workerClass);
  if (known) return known;
  const set = new ListenerSet();
  set.addAll(workerClass.listeners);
  bound.set(workerClass, set);
  return set;
}
