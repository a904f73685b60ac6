import type { PipeReader, Sink } from './pipe-reader.js';
import { TAIL_BYTES } from './stderr-tail.js';

/** Of what an attempt prints beyond this the end is kept, in bytes. */
const MOST_BYTES = 1024 * 1024;

/** A pipe holds less than so many chunks: a mark that is not in them is not there, whoever goes on to write. */
const MOST_CHUNKS = 32;

/** What a child has written to a stream and no response has taken. Behind the output of each attempt is a mark. */
export class CapturedStream implements Sink {
  readonly #token: string;
  #reader: PipeReader | undefined;
  #captured: Buffer = Buffer.alloc(0);
  #onRoom: (() => void) | undefined;

  /** @param token what marks begin with, behind a NUL */
  constructor(token: string) {
    this.#token = token;
  }

  readFrom(reader: PipeReader): void {
    this.#reader = reader;
  }

  take(chunk: Buffer): boolean {
    this.#captured = Buffer.concat([this.#captured, chunk]);
    if (this.#captured.length <= MOST_BYTES) return true;
    // Some of it is of attempts that have ended: when their results are read, there is room.
    if (this.#captured.includes(this.#token)) return false;
    this.#captured = this.#captured.subarray(this.#captured.length - MOST_BYTES);
    return true;
  }

  onceRoom(callback: () => void): void {
    this.#onRoom = callback;
  }

  /** What is before a mark, which was written before the result that tells of it. */
  takeUntil(mark: string): string {
    let at = this.#captured.indexOf(mark);
    for (let chunks = 0; at === -1 && chunks < MOST_CHUNKS; chunks += 1) {
      if (this.#reader?.passOnSome() !== 'some') break;
      at = this.#captured.indexOf(mark);
    }
    return at === -1 ? this.#cut(this.#captured.length, 0) : this.#cut(at, mark.length);
  }

  takeAll(): string {
    this.#reader?.passOn();
    return this.#cut(this.#captured.length, 0);
  }

  #cut(at: number, markBytes: number): string {
    const text = this.#captured.toString('utf8', Math.max(0, at - MOST_BYTES), at);
    this.#captured = this.#captured.subarray(at + markBytes);
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
    return text;
  }

  /** The end of what was printed since the last mark. */
  get tail(): string {
    const mark = this.#captured.lastIndexOf(this.#token);
    const from = mark === -1 ? 0 : this.#captured.indexOf(0, mark) + 1;
    return this.#captured.toString('utf8', Math.max(from, this.#captured.length - TAIL_BYTES)).trim();
  }

  end(): void {
    this.#reader?.end();
  }
}
