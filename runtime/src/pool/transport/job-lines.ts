import { POOL_HEADER, SHARED_WORDS } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

/** The two lines that jobs wait in; the urgent one is served first. */
export const Line = { Urgent: 0, Usual: 1 } as const;
export type Line = (typeof Line)[keyof typeof Line];

/** Others may move a head while it is set right; who never gets it right goes on with what it wanted to set. */
const TRIES = 4;
const { tail: TAIL } = POOL_HEADER.word;

/** The ends of the lines. */
export class JobLines {
  protected readonly words: Int32Array;
  /** Entries of a line at most; a power of two. */
  protected readonly lineLength: number;
  readonly #head: number;

  constructor(segment: PoolSegment) {
    this.words = segment.words;
    this.lineLength = segment.size.orderLength;
    this.#head = segment.word.shared + SHARED_WORDS.word.head;
  }

  /** The position after the last entry that children see. */
  protected tailOf(line: Line): number {
    return Atomics.load(this.words, TAIL + line);
  }

  /**
   * The position of the first entry that may wait. One that cannot be, because a process wrote where it should not, is
   * set back to the oldest entry that there is.
   */
  protected headOf(line: Line): number {
    const { words, lineLength } = this;
    const at = this.#head + line;
    for (let tries = 1; ; tries += 1) {
      const head = Atomics.load(words, at);
      // SYNC: after the head, which may move on up to this; pairs with the store of `tail` in `JobSlots.publish`.
      const tail = this.tailOf(line);
      if ((tail - head) >>> 0 <= lineLength) return head;
      const oldest = (tail - lineLength) | 0;
      if (Atomics.compareExchange(words, at, head, oldest) === head || tries === TRIES) return oldest;
    }
  }

  protected moveHead(line: Line, from: number, to: number): boolean {
    return Atomics.compareExchange(this.words, this.#head + line, from, to) === from;
  }

  hasWaiting(): boolean {
    const { words } = this;
    const head = this.#head;
    return (
      Atomics.load(words, head + Line.Usual) !== this.tailOf(Line.Usual) ||
      Atomics.load(words, head + Line.Urgent) !== this.tailOf(Line.Urgent)
    );
  }

  /** How many jobs wait, or a few more. */
  get waiting(): number {
    const usual = (this.tailOf(Line.Usual) - this.headOf(Line.Usual)) | 0;
    return usual + ((this.tailOf(Line.Urgent) - this.headOf(Line.Urgent)) | 0);
  }

  /** Changes whenever a job is taken. */
  get taken(): number {
    return (Atomics.load(this.words, this.#head) + Atomics.load(this.words, this.#head + 1)) | 0;
  }
}
