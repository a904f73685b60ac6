// Workers of the calls that are made from inside callbacks.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Returns at once, so that its jobs come to share slots. */
export class Quick extends Worker {
  static module = import.meta.url;
  process(value) {
    return typeof value === 'number' ? value + 1 : 0;
  }
}

/** Tells that it runs, then waits, as long as it is not asked to stop. */
export class Slow extends Worker {
  static module = import.meta.url;
  async process(ms) {
    this.progress('running');
    await delay(ms, undefined, { signal: this.signal });
    return ms;
  }
}

/** Does not hear that it shall stop. */
export class Deaf extends Worker {
  static module = import.meta.url;
  process(ms) {
    this.progress('running');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  }
}

export class Failing extends Worker {
  static module = import.meta.url;
  process() {
    throw new Error('fails');
  }
}

/** Made in this process for the listeners of a job: its constructor is a callback, too. */
export class Constructed extends Worker {
  static module = import.meta.url;
  static onConstruct = undefined;
  constructor() {
    super();
    Constructed.onConstruct?.();
  }
  process(value) {
    return value;
  }
}

/** Hears messages. */
export class Hears extends Worker {
  static module = import.meta.url;
  static onMessage(message) {
    return message;
  }
  process(value) {
    return value;
  }
}

/** Does not answer in time. */
export class HearsLate extends Worker {
  static module = import.meta.url;
  static onMessage() {
    return new Promise(() => {});
  }
  process(value) {
    return value;
  }
}

/** Cannot be set up. */
export class SetsUpBadly extends Worker {
  static module = import.meta.url;
  static setup() {
    throw new Error('of the setup');
  }
  process(value) {
    return value;
  }
}

/** Never ends, in a loop of which there is a stack. */
export class Loops extends Worker {
  static module = import.meta.url;
  process() {
    for (;;);
  }
}
