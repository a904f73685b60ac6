import type { PipeReader, Sink } from './pipe-reader.js';
import { TAIL_BYTES } from './stderr-tail.js';

/** Of what an attempt prints beyond this the end is kept, in bytes. */
const MOST_BYTES = 1024 * 1024;

/** What a child has written to a stream and no response has taken. Behind the output of each attempt is a mark. */
export class KeptStream implements Sink {
  readonly #token: string;
  #reader: PipeReader | undefined;
  #kept: Buffer = Buffer.alloc(0);
  #onRoom: (() => void) | undefined;

  /** @param token what marks begin with, behind a NUL */
  constructor(token: string) {
    this.#token = token;
  }

  readFrom(reader: PipeReader): void {
    this.#reader = reader;
  }

  take(chunk: Buffer): boolean {
    this.#kept = Buffer.concat([this.#kept, chunk]);
    if (this.#kept.length <= MOST_BYTES) return true;
    // Some of it is of attempts that have ended: when their results are read, there is room.
    if (this.#kept.includes(this.#token)) return false;
    this.#kept = this.#kept.subarray(this.#kept.length - MOST_BYTES);
    return true;
  }

  onceRoom(callback: () => void): void {
    this.#onRoom = callback;
  }

  /** What is before a mark, which was written before the result that tells of it. */
  takeUntil(mark: string): string {
    let at = this.#kept.indexOf(mark);
    while (at === -1 && this.#reader?.passOnSome() === 'some') at = this.#kept.indexOf(mark);
    return at === -1 ? this.#cut(this.#kept.length, 0) : this.#cut(at, mark.length);
  }

  takeAll(): string {
    this.#reader?.passOn();
    return this.#cut(this.#kept.length, 0);
  }

  #cut(at: number, markBytes: number): string {
    const text = this.#kept.toString('utf8', Math.max(0, at - MOST_BYTES), at);
    this.#kept = this.#kept.subarray(at + markBytes);
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
    return text;
  }

  /** The end of what was printed since the last mark. */
  get tail(): string {
    const mark = this.#kept.lastIndexOf(this.#token);
    const from = mark === -1 ? 0 : this.#kept.indexOf(0, mark) + 1;
    return this.#kept.toString('utf8', Math.max(from, this.#kept.length - TAIL_BYTES)).trim();
  }

  end(): void {
    this.#reader?.end();
  }
}
