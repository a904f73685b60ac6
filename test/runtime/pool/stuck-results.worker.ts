import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

let gate: Promise<void> | undefined;

/** All jobs of a process end in the same moment, more than its ring has room for; the last one holds its thread then. */
export class EndTogether extends Worker<{ readonly bytes: number; readonly holdMs: number }, unknown> {
  static override readonly module = import.meta.url;

  protected override async process({ bytes, holdMs }: { bytes: number; holdMs: number }): Promise<unknown> {
    gate ??= delay(700);
    if (holdMs > 0) this.progress('waits');
    await gate;
    // The others are told of first.
    if (holdMs > 0) await delay(20);
    if (holdMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, holdMs);
    return Buffer.alloc(bytes);
  }
}
