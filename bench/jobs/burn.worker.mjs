// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';
import { burn } from './functions.mjs';

/** @extends {Worker<number, number>} */
export class Burn extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {number} args
   */
  process(args) {
    return burn(args);
  }
}
