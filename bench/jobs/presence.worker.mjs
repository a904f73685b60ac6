// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';

/**
 * Says that it is there, and stays until it is stopped: so many at once prove so many processes.
 * @extends {Worker<number, void>}
 */
export class Presence extends Worker {
  /** @override @type {string} */
  static module = import.meta.url;

  /** @override */
  async process() {
    this.progress(process.pid);
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
  }
}
