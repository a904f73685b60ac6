import type { Readable } from 'node:stream';

const KEPT_BYTES = 8 * 1024;

/** Passes a child's stderr on and keeps the end of it, for the day the child dies. */
export class StderrTail {
  #kept: Buffer = Buffer.alloc(0);
  readonly ended: Promise<void>;

  constructor(stream: Readable) {
    this.ended = new Promise((resolve) => {
      stream.once('close', resolve);
      stream.once('end', resolve);
    });
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      const joined = Buffer.concat([this.#kept, chunk]);
      this.#kept = joined.subarray(Math.max(0, joined.length - KEPT_BYTES));
    });
  }

  toString(): string {
    return this.#kept.toString('utf8').trim();
  }
}
