import type { WorkerClass } from './worker.js';

/** Own fields that are not part of a worker's state. */
const NOT_STATE = 'retryStrategy';

/** Gives a worker exactly these fields. */
export function resetState(worker: object, state: Record<string, unknown> | undefined): void {
  for (const key of Object.keys(worker))
    if (key !== NOT_STATE && (state === undefined || !Object.hasOwn(state, key)))
      delete (worker as Record<string, unknown>)[key];
  // A field named __proto__ stays a field.
  if (state !== undefined)
    for (const key of Object.keys(state))
      Object.defineProperty(worker, key, {
        value: state[key],
        writable: true,
        enumerable: true,
        configurable: true,
      });
}

/**
 * Whether fields, which may come from anybody, can be a worker's state: none takes the place of its retry strategy, or
 * of a method or accessor that it inherits.
 */
export function canBeState({ prototype }: WorkerClass, state: Record<string, unknown>): boolean {
  return Object.keys(state).every((key) => key !== NOT_STATE && !hasCode(prototype, key));
}

function hasCode(prototype: object, key: string): boolean {
  // Defined, not assigned, it is a field like any other.
  if (key === '__proto__') return false;
  for (let from: object | null = prototype; from !== null; from = Object.getPrototypeOf(from)) {
    const property = Object.getOwnPropertyDescriptor(from, key);
    if (property) return property.get !== undefined || typeof property.value === 'function';
  }
  return false;
}

/** Has a worker any own enumerable fields? Asked before each job, so no list of them is made. */
export function hasState(worker: object): boolean {
  for (const key in worker) if (key !== NOT_STATE && Object.hasOwn(worker, key)) return true;
  return false;
}

/** A worker's own enumerable fields; `undefined` when there are none. */
export function stateOf(worker: object): Record<string, unknown> | undefined {
  let state: Record<string, unknown> | undefined;
  for (const key of Object.keys(worker)) {
    if (key === NOT_STATE) continue;
    state ??= {};
    state[key] = (worker as Record<string, unknown>)[key];
  }
  return state;
}
