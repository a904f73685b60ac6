import type { AttemptRecord } from './job-response.js';

/** What the responses of one call share: the start of their job ids, and how their last attempts went. */
export interface CallRecord {
  /** Job ids are this, a dot, and the index. */
  readonly jobIdPrefix: string;
  /** @param times how long it waited and how long it ran, in milliseconds; may be used again for the next */
  note(index: number, pid: number, times: Float64Array): void;
  attemptOf(index: number): AttemptRecord;
}

const FIRST_LENGTH = 64;

/** For calls whose responses are kept together: three columns, because an object per response would be most of its size. */
export class ColumnRecord implements CallRecord {
  #times: Float64Array;
  #pids: Int32Array;

  /** @param length how many to make room for at once: as many as there will be, 0 where that is not known */
  constructor(
    readonly jobIdPrefix: string,
    length: number,
  ) {
    this.#times = new Float64Array(2 * length);
    this.#pids = new Int32Array(length);
  }

  note(index: number, pid: number, times: Float64Array): void {
    if (index >= this.#pids.length) this.#grow(index + 1);
    this.#times[2 * index] = times[0]!;
    this.#times[2 * index + 1] = times[1]!;
    this.#pids[index] = pid;
  }

  #grow(least: number): void {
    const length = Math.max(least, FIRST_LENGTH, 2 * this.#pids.length);
    const times = new Float64Array(2 * length);
    times.set(this.#times);
    this.#times = times;
    const pids = new Int32Array(length);
    pids.set(this.#pids);
    this.#pids = pids;
  }

  attemptOf(index: number): AttemptRecord {
    return { pid: this.#pids[index]!, queuedMs: this.#times[2 * index]!, runMs: this.#times[2 * index + 1]! };
  }
}

/** For calls without an end: each response has a record of its own, which goes when it goes. */
export class SingleRecord implements CallRecord {
  #pid = 0;
  #queuedMs = 0;
  #runMs = 0;

  constructor(readonly jobIdPrefix: string) {}

  note(_index: number, pid: number, times: Float64Array): void {
    this.#pid = pid;
    this.#queuedMs = times[0]!;
    this.#runMs = times[1]!;
  }

  attemptOf(): AttemptRecord {
    return { pid: this.#pid, queuedMs: this.#queuedMs, runMs: this.#runMs };
  }
}
