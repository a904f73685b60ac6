// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';
import { echo } from './functions.mjs';

/** @extends {Worker<unknown, unknown>} */
export class Echo extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {unknown} args
   */
  process(args) {
    return echo(args);
  }
}
