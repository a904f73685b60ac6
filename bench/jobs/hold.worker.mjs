// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';

/**
 * The job that is told to stay keeps its process until it is stopped, so that the others wait.
 * @extends {Worker<readonly (number | undefined)[], void>}
 */
export class Hold extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {readonly (number | undefined)[]} args
   */
  async process([stays]) {
    if (stays !== 1) return;
    this.progress('here');
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
  }
}
