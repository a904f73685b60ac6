import type { Readable } from 'node:stream';
import { onceStderrHasRoom, writeToStderr } from './own-stderr.js';

const KEPT_BYTES = 8 * 1024;
/** How long to wait for the last words of a dead child, in milliseconds. */
const LAST_WORDS_MS = 30;
/** What dead children have left is passed on whole while no more than this waits in the parent's own stderr, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024;

/**
 * Passes a child's stderr on to that of this process, no faster than that is read: until then it stays in the child's pipe,
 * and the child waits when that is full. Keeps the end of it, for the day the child dies.
 */
export class StderrTail {
  readonly #stream: Readable;
  readonly #ended: Promise<void>;
  #kept: Buffer = Buffer.alloc(0);
  #isDead = false;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#ended = new Promise((resolve) => {
      stream.once('close', resolve);
      stream.once('end', resolve);
    });
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
  }

  #onData(chunk: Buffer): void {
    const joined = Buffer.concat([this.#kept, chunk]);
    this.#kept = joined.subarray(Math.max(0, joined.length - KEPT_BYTES));
    // Nobody waits for a dead child to go on, so that it is the number of deaths that must not fill the memory.
    if (this.#isDead && process.stderr.writableLength > MOST_WAITING_BYTES) return;
    if (writeToStderr(chunk) || this.#isDead) return;
    this.#stream.pause();
    onceStderrHasRoom(() => this.#stream.resume());
  }

  /** The child is dead: reads what is left in its pipe, which is little, and closes it. */
  async end(): Promise<void> {
    this.#isDead = true;
    this.#stream.resume();
    let timer: NodeJS.Timeout | undefined;
    // A process that the child has made may hold the other end for long.
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WORDS_MS);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    this.#stream.destroy();
  }

  toString(): string {
    return this.#kept.toString('utf8').trim();
  }
}
