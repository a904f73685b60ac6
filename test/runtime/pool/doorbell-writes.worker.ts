import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** See `CHILD_FD` in runtime/src/pool/protocol.ts, which no process of a test can load. */
const DOORBELL = 4;

export interface Written {
  readonly bytes: Uint8Array;
  /** The attempt that writes. */
  readonly inAttempt: number;
}

/** Writes bytes to where its process rings the parent, as one does that has a wrong number of a descriptor. */
export class Writes extends Worker<Written, string> {
  static override readonly module = import.meta.url;

  static override onMessage(message: unknown): unknown {
    return message;
  }

  protected override async process({ bytes, inAttempt }: Written): Promise<string> {
    if (this.attempt !== inAttempt) return 'well-behaved';
    for (let at = 0; at < bytes.length; )
      try {
        at += writeSync(DOORBELL, bytes, at);
      } catch {
        // It is full: the parent reads it.
        await delay(1);
      }
    await delay(60_000, undefined, { signal: this.signal });
    return 'still there';
  }
}
