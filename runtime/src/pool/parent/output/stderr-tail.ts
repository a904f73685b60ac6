import type { Sink } from './pipe-reader.js';

/** How much of a child's stderr an error tells, from its end, in bytes. */
export const TAIL_BYTES = 8 * 1024;

/** Keeps the end of what a child writes to stderr, for the day the child dies, and hands all of it on. */
export class StderrTail implements Sink {
  readonly #next: Sink;
  #kept: Buffer = Buffer.alloc(0);

  constructor(next: Sink) {
    this.#next = next;
  }

  take(chunk: Buffer): boolean {
    const joined = Buffer.concat([this.#kept, chunk]);
    this.#kept = joined.subarray(Math.max(0, joined.length - TAIL_BYTES));
    return this.#next.take(chunk);
  }

  flush(): void {
    this.#next.flush?.();
  }

  onceRoom(callback: () => void): void {
    this.#next.onceRoom(callback);
  }

  toString(): string {
    return this.#kept.toString('utf8').trim();
  }
}
