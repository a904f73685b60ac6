// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
import { existsSync } from 'node:fs';
import { Worker } from 'mproc-worker';

// The parent, which needs the class, loads it whole; a child finds it broken in the way that the environment tells.
const how = process.argv[1]?.endsWith('start.cjs') ? process.env.MPROC_TEST_BROKEN : undefined;
if (how !== undefined && !existsSync(process.env.MPROC_TEST_MENDED ?? '/')) {
  if (how === 'throw') throw new TypeError('broken on purpose');
  if (how === 'exit') process.exit(3);
  if (how === 'segfault') process.kill(process.pid, 'SIGSEGV');
}

/** @extends {Worker<unknown, unknown>} */
export class Broken extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}
