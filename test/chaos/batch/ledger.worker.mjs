// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** So long that few jobs are taken ahead: what a host looks ahead follows the time of jobs, 25 ms for each process. */
const JOB_MS = 5;

/**
 * Writes down each of its runs, so that they can be counted.
 * @extends {Worker<number, number>}
 */
export class Ledger extends Worker {
  /** @override */
  static module = import.meta.url;
  file = '';

  /**
   * @override
   * @param {number} n
   */
  async process(n) {
    appendFileSync(this.file, `${n}\n`);
    await sleep(JOB_MS);
    return n * n;
  }
}
