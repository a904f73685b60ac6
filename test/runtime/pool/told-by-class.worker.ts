import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Fails at once; the listeners of its class take their time, in the process that tells them. */
export class SlowlyTold extends Worker<unknown, never> {
  static override readonly module = import.meta.url;
  static override readonly listeners = {
    'job.event.failed': () => delay(3_000),
    'job.event.retry': () => delay(3_000),
  };
  protected override process(): never {
    throw new Error('its own');
  }
}
