import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

// Longer than the time limit of its jobs.
await sleep(700);

export class SpinsOnceLoaded extends Worker {
  static module = import.meta.url;
  process() {
    for (;;);
  }
}
