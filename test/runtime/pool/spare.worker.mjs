import { appendFileSync } from 'node:fs';
import { Worker } from 'mproc-worker';

const { MPROC_TEST_LOADED } = process.env;
// The program loads this module, too.
if (MPROC_TEST_LOADED !== undefined) appendFileSync(MPROC_TEST_LOADED, `${process.pid}\n`);

/** Tells which process runs it, and may kill that in its first attempt. */
export class Spare extends Worker {
  static module = import.meta.url;

  process(dies) {
    if (dies && this.attempt === 1) process.kill(process.pid, 'SIGKILL');
    return process.pid;
  }
}
