import { ChildOrder, ChildStage } from '../../protocol.js';
import { CHILD_BLOCK, CHILD_INBOX, SHARED_WORDS } from '../../transport/layout.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import { problemOfBlock } from '../results/record-rules.js';

/** What each child says of itself in shared memory, and what it is told there. */
export class ChildBlocks {
  readonly #segment: PoolSegment;
  readonly #words: Int32Array;
  readonly #spinnerWord: number;

  constructor(segment: PoolSegment) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#spinnerWord = segment.word.shared + SHARED_WORDS.word.spinner;
  }

  stageOf(index: number): number {
    return Atomics.load(this.#words, this.#block(index) + CHILD_BLOCK.word.stage);
  }

  isBooting(index: number): boolean {
    return this.stageOf(index) === ChildStage.Booting;
  }

  /** When the child took its last job, by its own clock: another number after each. */
  tookAtOf(index: number): number {
    return this.#words[this.#block(index) + CHILD_BLOCK.word.tookAt]!;
  }

  /** Slot whose module the child was loading, or -1. */
  loadingSlotOf(index: number): number {
    return Atomics.load(this.#words, this.#block(index) + CHILD_BLOCK.word.loading) - 1;
  }

  /** How the child sleeps, see `Sleep`. */
  sleepOf(index: number): number {
    return Atomics.load(this.#words, this.sleepWordOf(index));
  }

  sleepWordOf(index: number): number {
    return this.#block(index) + CHILD_BLOCK.word.asleep;
  }

  /** The slots that the child says it has taken, or is about to take. */
  claimsOf(index: number): Set<number> {
    const start = this.#segment.claimsOf(index);
    const claims = new Set<number>();
    const { claimCount, slotCount } = this.#segment.size;
    for (let at = start; at < start + claimCount; at += 1) {
      // SYNC: before the results are read; pairs with the store in `JobTaker.release`.
      const claim = Atomics.load(this.#words, at);
      if (claim > 0 && claim <= slotCount) claims.add(claim - 1);
    }
    return claims;
  }

  /** The child that looks for jobs, or -1. */
  get spinner(): number {
    return Atomics.load(this.#words, this.#spinnerWord) - 1;
  }

  /** SYNC: nobody looks for jobs in the child's name any more; pairs with the swap in `ChildLoop.#spin`. */
  endSpin(index: number): void {
    Atomics.compareExchange(this.#words, this.#spinnerWord, index + 1, 0);
  }

  /** What the child says of itself that cannot be, if anything. */
  problemOf(index: number): string | undefined {
    const block = this.#block(index);
    const { asleep, stage, loading } = CHILD_BLOCK.word;
    const said = {
      asleep: this.#words[block + asleep]!,
      stage: this.#words[block + stage]!,
      loading: this.#words[block + loading]!,
    };
    return problemOfBlock(said, this.#segment.size.slotCount);
  }

  /** What a dead child left behind must not be taken for its successor's. @param order what the successor is told first */
  clear(index: number, order: number): void {
    const { asleep, stage, loading, tookAt, jobs } = CHILD_BLOCK.word;
    for (const word of [asleep, stage, loading, tookAt, jobs])
      Atomics.store(this.#words, this.#block(index) + word, 0);
    this.tell(index, order);
    Atomics.store(this.#words, this.#segment.inboxOf(index) + CHILD_INBOX.word.largeValuesRead, 0);
    const claims = this.#segment.claimsOf(index);
    this.#words.fill(0, claims, claims + this.#segment.size.claimCount);
    this.endSpin(index);
  }

  /** Tells a child what to do: see `ChildOrder`. */
  tell(index: number, order: number): void {
    Atomics.store(this.#words, this.#segment.inboxOf(index) + CHILD_INBOX.word.orders, order);
  }

  tellToDrain(index: number): void {
    this.tell(index, ChildOrder.Drain);
  }

  /** A large value of the child's was read. */
  countLargeValueRead(index: number): void {
    Atomics.add(this.#words, this.#segment.inboxOf(index) + CHILD_INBOX.word.largeValuesRead, 1);
  }

  #block(index: number): number {
    return this.#segment.blockOf(index);
  }
}
