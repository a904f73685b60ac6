import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Longer than the time limit of its jobs. */
export const LOADS_MS = 700;
await sleep(LOADS_MS);

export class SpinsOnceLoaded extends Worker {
  static module = import.meta.url;
  process() {
    for (;;);
  }
}
