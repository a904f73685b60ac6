import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';
import { begin, end } from '../pool/journal.js';

/** A job over a queue: plain JSON, so that its record can be read by a person too. */
export interface ServedJob {
  readonly n: number;
  readonly kind: 'square' | 'throw' | 'flaky' | 'crash';
  readonly ms: number;
  readonly pad: string;
}

/** Squares a number after a while, and writes its runs down. */
export class Served extends Worker<ServedJob, number> {
  static override readonly module = import.meta.url;
  journal = '';

  protected override async process({ n, kind, ms }: ServedJob): Promise<number> {
    begin(this.journal, n, this.attempt);
    try {
      await sleep(ms);
      if (kind === 'throw' || (kind === 'flaky' && this.attempt === 1)) throw new Error(`boom ${n}`);
      if (kind === 'crash' && this.attempt === 1) process.kill(process.pid, 'SIGKILL');
      return n * n;
    } finally {
      end(this.journal, n, this.attempt);
    }
  }
}
