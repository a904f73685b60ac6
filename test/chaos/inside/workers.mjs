// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
// Workers of the calls that are made from inside callbacks.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/**
 * Returns at once, so that its jobs come to share slots.
 * @extends {Worker<unknown, number>}
 */
export class Quick extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return typeof value === 'number' ? value + 1 : 0;
  }
}

/**
 * Tells that it runs, then waits, as long as it is not asked to stop.
 * @extends {Worker<number, number>}
 */
export class Slow extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {number} ms
   */
  async process(ms) {
    this.progress('running');
    await delay(ms, undefined, { signal: this.signal });
    return ms;
  }
}

/**
 * Does not hear that it shall stop.
 * @extends {Worker<number, number>}
 */
export class Deaf extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {number} ms
   */
  process(ms) {
    this.progress('running');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  }
}

/** @extends {Worker<unknown, never>} */
export class Failing extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @returns {never}
   */
  process() {
    throw new Error('fails');
  }
}

/**
 * Made in this process for the listeners of a job: its constructor is a callback, too.
 * @extends {Worker<unknown, unknown>}
 */
export class Constructed extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @type {(() => unknown) | undefined} */
  static onConstruct = undefined;
  constructor() {
    super();
    Constructed.onConstruct?.();
  }
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}

/**
 * Hears messages.
 * @extends {Worker<unknown, unknown>}
 */
export class Hears extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {unknown} message
   */
  static onMessage(message) {
    return message;
  }
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}

/**
 * Does not answer in time.
 * @extends {Worker<unknown, unknown>}
 */
export class HearsLate extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @override */
  static onMessage() {
    return new Promise(() => {});
  }
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}

/**
 * Cannot be set up.
 * @extends {Worker<unknown, unknown>}
 */
export class SetsUpBadly extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @override */
  static setup() {
    throw new Error('of the setup');
  }
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}

/**
 * Never ends, in a loop of which there is a stack.
 * @extends {Worker<unknown, never>}
 */
export class Loops extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @returns {never}
   */
  process() {
    for (;;);
  }
}
