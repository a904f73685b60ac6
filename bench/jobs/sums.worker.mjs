// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';
import { sum } from './functions.mjs';

/** @extends {Worker<readonly number[], number>} */
export class Sums extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {readonly number[]} args
   */
  process(args) {
    return sum(args);
  }
}
