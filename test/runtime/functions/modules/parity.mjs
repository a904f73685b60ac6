import { setTimeout as delay } from 'node:timers/promises';
import { defineWorker, JobEvent, JobResponse, NoRetry, RetryStrategy, Worker } from 'mproc-worker';

class Odd extends Error {
  name = 'Odd';
  extra = 7;
}

/** Does what it is told, and counts its attempts in its state. */
export class Does extends Worker {
  static module = import.meta.url;
  static listeners = {
    [JobEvent.Start]: (worker) => worker.heard?.push('class start'),
    [JobEvent.Retry]: (worker, event) =>
      worker.heard?.push(`class retry ${event.kind} ${event.error.message}`),
    [JobEvent.Failed]: (worker) => worker.heard?.push('class failed'),
  };
  tries = 0;
  async process({ what, times = 0, value, ms }) {
    this.tries += 1;
    if (this.attempt <= times) throw new Odd(`try ${this.tries}`, { cause: new RangeError('why') });
    if (what === 'value') return value;
    if (what === 'tries') return [this.tries, this.heard];
    if (what === 'function') return () => 1;
    if (what === 'thing') throw 'a text';
    if (what === 'no retry') throw new NoRetry('of no use');
    if (what === 'response') return JobResponse.success({ value });
    if (what === 'refusal') return JobResponse.failure(new Odd('refused'), 9);
    if (what === 'progress') for (const part of value) this.progress(part);
    if (what === 'odd progress') this.progress(() => 1);
    if (what === 'mutates') value.n += 1;
    if (what === 'mutates') throw new Odd(`n is ${value.n}`);
    if (what === 'waits') await delay(ms, undefined, { signal: this.signal });
    return what;
  }
}

export const resource = defineWorker(import.meta.url, (_, { resource }) => ++resource.n, {
  strategy: new RetryStrategy({ maxRetries: 1 }),
  setup: () => ({ n: 0 }),
});

export const broken = defineWorker(import.meta.url, () => 1, {
  name: 'broken',
  setup: () => {
    throw new Odd('no database');
  },
});
