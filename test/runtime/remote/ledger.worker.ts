import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Writes down each of its runs, so that a test can count them. */
export class Ledger extends Worker<number, number | string> {
  static override readonly module = import.meta.url;
  file = '';
  pauseMs = 0;
  /** Attempts before this one fail. */
  failsBefore = 0;
  /** Where it is more than 0, the result is a text of that length. */
  bodyLength = 0;

  protected override async process(n: number): Promise<number | string> {
    appendFileSync(this.file, `${n}\n`);
    if (this.failsBefore > this.attempt) throw new Error(`attempt ${this.attempt}`);
    await sleep(this.pauseMs);
    return this.bodyLength > 0 ? 'x'.repeat(this.bodyLength) : n * 10;
  }
}
