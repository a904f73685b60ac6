// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';

/**
 * Throws what it gets.
 * @extends {Worker<unknown, never>}
 */
export class Thrower extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {unknown} value
   * @returns {never}
   */
  process(value) {
    throw value;
  }
}

/**
 * Gives back its state, in its second attempt.
 * @extends {Worker<unknown, unknown>}
 */
export class StateKeeper extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @type {unknown} */
  held = undefined;

  /** @override */
  process() {
    if (this.attempt === 1) throw new Error('again, with the state of before');
    return this.held;
  }
}
