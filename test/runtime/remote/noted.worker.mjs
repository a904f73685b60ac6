import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Writes down each job that it has done. */
export class Noted extends Worker {
  static module = import.meta.url;
  file = '';
  async process(n) {
    await sleep(40);
    appendFileSync(this.file, `${n}\n`);
    return n;
  }
}
