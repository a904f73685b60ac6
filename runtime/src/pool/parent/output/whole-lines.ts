import { clearTimeout, setTimeout } from '../../../clock/timers.js';
import type { PipeReader, Sink } from './pipe-reader.js';

/** How long the beginning of a line waits for its end, in milliseconds, and how long it may be, in bytes. */
const FLUSH_AFTER_MS = 20;
const MOST_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * Hands on what a child writes in whole lines, as far as they come within a moment: several children write to one stream,
 * and what is read of each ends anywhere.
 */
export class WholeLines implements Sink {
  readonly #next: Sink;
  #begun: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #reader: PipeReader | undefined;

  constructor(next: Sink) {
    this.#next = next;
  }

  /** @param reader what may have the end of a line by now, which was cut by how much is read at once */
  readFrom(reader: PipeReader): void {
    this.#reader = reader;
  }

  take(chunk: Buffer): boolean {
    const at = chunk.lastIndexOf(NEWLINE) + 1;
    const isTooLong = this.#begun.length + chunk.length - at > MOST_BYTES;
    const to = isTooLong ? chunk.length : at;
    const whole = to === 0 ? undefined : Buffer.concat([this.#begun, chunk.subarray(0, to)]);
    const rest = chunk.subarray(to);
    this.#begun = whole === undefined ? Buffer.concat([this.#begun, rest]) : rest;
    clearTimeout(this.#timer);
    if (this.#begun.length > 0) this.#timer = setTimeout(() => this.#lookForEnd(), FLUSH_AFTER_MS).unref();
    return whole === undefined || this.#next.take(whole);
  }

  onceRoom(callback: () => void): void {
    this.#next.onceRoom(callback);
  }

  #lookForEnd(): void {
    if (this.#reader?.passOnSome() !== 'some') this.flush();
  }

  /** Nothing follows, or not now. */
  flush(): void {
    clearTimeout(this.#timer);
    const begun = this.#begun;
    this.#begun = Buffer.alloc(0);
    if (begun.length > 0) this.#next.take(begun);
  }
}
