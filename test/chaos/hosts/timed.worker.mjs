// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/**
 * Takes so many milliseconds, and writes down when it begins and how it ends; the host is the parent of its process.
 * @extends {Worker<{ n: number, ms: number }, number>}
 */
export class Timed extends Worker {
  /** @override */
  static module = import.meta.url;
  journal = '';
  /**
   * @override
   * @param {{ n: number, ms: number }} args
   */
  async process({ n, ms }) {
    const note = (/** @type {string} */ mark) =>
      appendFileSync(this.journal, `${mark} ${n} ${process.ppid} ${Date.now()} ${ms}\n`);
    note('B');
    try {
      await sleep(ms, undefined, { signal: this.signal });
    } catch (error) {
      note('S');
      throw error;
    }
    note('E');
    return 2 * n;
  }
}
