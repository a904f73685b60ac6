// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';

/**
 * Kills its process at its first attempt.
 * @extends {Worker<unknown, string>}
 */
export class Mortal extends Worker {
  /** @override */
  static module = import.meta.url;

  /** @override */
  process() {
    if (this.attempt === 1) process.kill(process.pid, 'SIGKILL');
    return 'done';
  }
}

/** @extends {Worker<unknown, never>} */
export class Fails extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {unknown} time
   * @returns {never}
   */
  process(time) {
    throw new Error(`fails ${time}`);
  }
}
