import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '../../../runtime/dist/index.js';

/** Writes down each of its runs, so that they can be counted. */
export class Ledger extends Worker {
  static module = import.meta.url;
  file = '';

  async process(n) {
    appendFileSync(this.file, `${n}\n`);
    await sleep(1);
    return n * n;
  }
}
