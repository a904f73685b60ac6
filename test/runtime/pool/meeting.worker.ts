import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type SharedArray, Worker } from 'mproc-worker';

export interface Meeting {
  /** Counts those that are there. */
  readonly arrived?: SharedArray<'Int32Array'>;
  /** Goes on when so many are. */
  readonly goesOnAt?: number;
  /** Attempts that fail before one goes to the meeting. */
  readonly failures?: number;
  readonly load?: unknown;
}

export function digestOf(load: unknown): string {
  return createHash('sha1')
    .update(Buffer.isBuffer(load) ? load : JSON.stringify(load ?? null))
    .digest('hex');
}

/** A job that ends when enough others have begun, and tells what it was given. */
export class Meet extends Worker<Meeting, { digest: string; noted: string }> {
  static override readonly module = import.meta.url;
  noted = '';
  protected override async process({ arrived, goesOnAt = 0, failures = 0, load }: Meeting) {
    if (this.attempt <= failures) {
      this.noted = 'n'.repeat(200 * this.attempt);
      throw new Error('not yet');
    }
    if (arrived !== undefined) {
      Atomics.add(arrived.values, 0, 1);
      while (Atomics.load(arrived.values, 0) < goesOnAt) await delay(20);
    }
    return { digest: digestOf(load), noted: this.noted };
  }
}
