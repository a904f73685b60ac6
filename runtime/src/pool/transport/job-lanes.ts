import { POOL_HEADER, SHARED_WORDS } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

/** The two lanes that jobs wait in; the urgent one is served first. */
export const Lane = { Urgent: 0, Usual: 1 } as const;
export type Lane = (typeof Lane)[keyof typeof Lane];

/** Others may move a head while it is set right; who never gets it right goes on with what it wanted to set. */
const TRIES = 4;
const { tail: TAIL } = POOL_HEADER.word;

/** The ends of the lanes. */
export class JobLanes {
  protected readonly words: Int32Array;
  /** Entries of a lane at most; a power of two. */
  protected readonly laneLength: number;
  readonly #head: number;

  constructor(segment: PoolSegment) {
    this.words = segment.words;
    this.laneLength = segment.size.orderLength;
    this.#head = segment.word.shared + SHARED_WORDS.word.head;
  }

  /** The position after the last entry that children see. */
  protected tailOf(lane: Lane): number {
    return Atomics.load(this.words, TAIL + lane);
  }

  /**
   * The position of the first entry that may wait. One that cannot be, because a process wrote where it should not, is
   * set back to the oldest entry that there is.
   */
  protected headOf(lane: Lane): number {
    const { words, laneLength } = this;
    const at = this.#head + lane;
    for (let tries = 1; ; tries += 1) {
      const head = Atomics.load(words, at);
      // SYNC: after the head, which may move on up to this; pairs with the store of `tail` in `JobSlots.publish`.
      const tail = this.tailOf(lane);
      if ((tail - head) >>> 0 <= laneLength) return head;
      const oldest = (tail - laneLength) | 0;
      if (Atomics.compareExchange(words, at, head, oldest) === head || tries === TRIES) return oldest;
    }
  }

  protected moveHead(lane: Lane, from: number, to: number): boolean {
    return Atomics.compareExchange(this.words, this.#head + lane, from, to) === from;
  }

  hasWaiting(): boolean {
    const { words } = this;
    const head = this.#head;
    return (
      Atomics.load(words, head + Lane.Usual) !== this.tailOf(Lane.Usual) ||
      Atomics.load(words, head + Lane.Urgent) !== this.tailOf(Lane.Urgent)
    );
  }

  /** How many jobs wait, or a few more. */
  get waiting(): number {
    const usual = (this.tailOf(Lane.Usual) - this.headOf(Lane.Usual)) | 0;
    return usual + ((this.tailOf(Lane.Urgent) - this.headOf(Lane.Urgent)) | 0);
  }

  /** Changes whenever a job is taken. */
  get taken(): number {
    return (Atomics.load(this.words, this.#head) + Atomics.load(this.words, this.#head + 1)) | 0;
  }
}
