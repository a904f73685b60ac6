// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { Worker } from 'mproc-worker';

/**
 * Looks at both ends of an array that lies in shared memory.
 * @extends {Worker<import('mproc-worker').SharedArray<'Float64Array'>, number>}
 */
export class Look extends Worker {
  /** @override */
  static module = import.meta.url;

  /**
   * @override
   * @param {import('mproc-worker').SharedArray<'Float64Array'>} array
   */
  process({ values }) {
    return Number(values[0]) + Number(values[values.length - 1]);
  }
}
