// JavaScript: each process of a pool loads it by itself, and would start later with a loader.
// @ts-check
// Workers of the chaos runs. Each is as small as its figure allows.
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { Worker } from 'mproc-worker';

const ENTRY_BYTES = 8;

/**
 * Sleeps without giving the thread away, at no cost to others.
 * @param {number} ms
 */
function sleep(ms) {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** @param {number} pid */
function lives(pid) {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/**
 * Keeps book of who runs what: per job the process that runs it now, and how often it ran to its end.
 * @extends {Worker<number, number>}
 */
export class Booked extends Worker {
  /** @override */
  static module = import.meta.url;
  file = '';
  jobMs = 0;

  /**
   * @override
   * @param {number} number
   */
  process(number) {
    const fd = openSync(this.file, 'r+');
    const entry = Buffer.alloc(ENTRY_BYTES);
    const at = number * ENTRY_BYTES;
    try {
      readSync(fd, entry, 0, ENTRY_BYTES, at);
      const owner = entry.readInt32LE(0);
      if (owner !== 0 && owner !== process.pid && lives(owner))
        this.report(`job ${number} runs in ${owner} too`);
      writeSync(fd, int32(process.pid), 0, 4, at);
      sleep(this.jobMs);
      readSync(fd, entry, 0, ENTRY_BYTES, at);
      if (entry.readInt32LE(0) !== process.pid) this.report(`job ${number} was begun elsewhere meanwhile`);
      entry.writeInt32LE(0, 0);
      entry.writeInt32LE(entry.readInt32LE(4) + 1, 4);
      writeSync(fd, entry, 0, ENTRY_BYTES, at);
    } finally {
      closeSync(fd);
    }
    return number * 2;
  }

  /** @param {string} problem */
  report(problem) {
    const fd = openSync(`${this.file}.problems`, 'a');
    writeSync(fd, `${problem}\n`);
    closeSync(fd);
  }
}

/** @param {number} value */
function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/**
 * Gives back what it gets.
 * @extends {Worker<unknown, unknown>}
 */
export class Echo extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {unknown} value
   */
  process(value) {
    return value;
  }
}

/** @extends {Worker<number, number>} */
export class Pid extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {number} ms
   */
  process(ms) {
    sleep(ms);
    return process.pid;
  }
}

/**
 * Never ends, and never looks.
 * @extends {Worker<unknown, never>}
 */
export class Spin extends Worker {
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

/**
 * Waits for ever.
 * @extends {Worker<unknown, never>}
 */
export class Wait extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @override */
  process() {
    return /** @type {Promise<never>} */ (new Promise(() => setInterval(() => {}, 1 << 30)));
  }
}

/**
 * Dies in its first attempt and tells when; the next attempt tells when it began.
 * @extends {Worker<NodeJS.Signals, number>}
 */
export class DieOnce extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {NodeJS.Signals} signal
   */
  process(signal) {
    if (this.attempt > 1) return Date.now();
    process.kill(process.pid, signal);
    sleep(10_000);
    return 0;
  }
}

/**
 * Fails some of its first attempts, and hears of its retries in the process that runs it, so that notices are sent.
 * @extends {Worker<{ number: number, bytes: Buffer }, { number: number, bytes: Buffer }>}
 */
export class Noticed extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @override */
  static listeners = { 'job.event.retry': () => {} };
  /**
   * @override
   * @param {{ number: number, bytes: Buffer }} value
   */
  process(value) {
    // Long enough that each process gets some of the jobs.
    sleep(1);
    if (this.attempt === 1 && value.number % 4 === 0) throw new Error('again');
    return value;
  }
}

/**
 * Is done at once, so that its jobs are bundled.
 * @extends {Worker<number, number>}
 */
export class Quick extends Worker {
  /** @override */
  static module = import.meta.url;
  /**
   * @override
   * @param {number} number
   */
  process(number) {
    return number;
  }
}

/**
 * Keeps book in shared memory, which takes no time: per job its process, how often it ran, and how often twice at once.
 * @extends {Worker<number, number>}
 */
export class Counted extends Worker {
  /** @override */
  static module = import.meta.url;
  /** @type {import('mproc-worker').SharedArray<'Int32Array'> | undefined} */
  book = undefined;

  /**
   * @override
   * @param {number} number
   */
  process(number) {
    const { values } = /** @type {import('mproc-worker').SharedArray<'Int32Array'>} */ (this.book);
    const at = 3 * number;
    const owner = Atomics.exchange(values, at, process.pid);
    if (owner !== 0 && owner !== process.pid && lives(owner)) Atomics.add(values, at + 2, 1);
    Atomics.add(values, at + 1, 1);
    if (Atomics.exchange(values, at, 0) !== process.pid) Atomics.add(values, at + 2, 1);
    return number * 2;
  }
}

/**
 * Makes something large in the process.
 * @extends {Worker<{ what: string, lengthBytes: number }, Buffer | { list: string[] }>}
 */
export class Large extends Worker {
  /** @override */
  static module = import.meta.url;
  kept = '';
  /**
   * @override
   * @param {{ what: string, lengthBytes: number }} args
   */
  process({ what, lengthBytes }) {
    if (what === 'bytes') return Buffer.alloc(lengthBytes);
    const text = 'x'.repeat(lengthBytes);
    if (what === 'error') throw new Error(text);
    if (what === 'progress') this.progress(text);
    if (what === 'state') {
      this.kept = text;
      throw new Error('its state is kept for the next attempt');
    }
    return { list: [text] };
  }
}
