import { lastEntry, readyIn, recordTag, runningIn, runningUnder, slotIn, Turn, turnIn } from '../protocol.js';
import { JobLanes, Lane } from './job-lanes.js';
import { JOB_SLOT, POOL_HEADER, SLOT_STATE } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

const WORDS = JOB_SLOT.lengthWords;
const STATE_WORDS = SLOT_STATE.lengthWords;
const { use: USE, abort: ABORT, payload: PAYLOAD, payloadBytes: PAYLOAD_BYTES, task: TASK } = JOB_SLOT.word;
const {
  taskAt: TASK_AT,
  call: CALL,
  callHigh: CALL_HIGH,
  index: INDEX,
  indexHigh: INDEX_HIGH,
} = JOB_SLOT.word;
const { attempt: ATTEMPT, bundle: BUNDLE } = JOB_SLOT.word;
const { state: STATE, turn: TURN } = SLOT_STATE.word;
const STARTED_AT = SLOT_STATE.byte.startedAt / 8;
const { last: LAST } = POOL_HEADER.word;

/** A child's side of the slots of jobs and of the lanes that say in which order to take them. */
export class JobTaker extends JobLanes {
  readonly #slots: number;
  readonly #states: number;
  readonly #doubles: Float64Array;
  readonly #entries: readonly [number, number];
  readonly #running: number;
  /** Words that name no slot now. */
  readonly #freeClaims: number[] = [];
  /** Of each slot: the word that names it, and the use that this child has taken. */
  readonly #claims: Int32Array;
  readonly #uses: Int32Array;

  constructor(segment: PoolSegment, child: number) {
    super(segment);
    const { words, word, size } = segment;
    this.#slots = word.slots;
    this.#states = word.states;
    this.#doubles = new Float64Array(words.buffer);
    this.#entries = [word.urgent, word.order];
    this.#running = runningUnder(child);
    const claims = segment.claimsOf(child);
    for (let claim = size.claimCount - 1; claim >= 0; claim -= 1) this.#freeClaims.push(claims + claim);
    this.#claims = new Int32Array(size.slotCount);
    this.#uses = new Int32Array(size.slotCount);
  }

  /**
   * Takes the first job that waits; `release` follows when this child is done with its slot.
   * @returns its slot, or -1 when none waits
   */
  take(): number {
    const urgent = this.#takeFrom(Lane.Urgent);
    return urgent === -1 ? this.#takeFrom(Lane.Usual) : urgent;
  }

  #takeFrom(lane: Lane): number {
    const { words } = this;
    for (;;) {
      const head = this.headOf(lane);
      const tail = this.tailOf(lane);
      if (head === tail) return -1;
      const alone = ((tail - head) | 0) === 1 ? this.#lastSlot(lane, tail) : -1;
      const slot = alone === -1 ? words[this.#entries[lane] + (head & (this.laneLength - 1))]! : alone;
      const taken = this.takeSlot(slot);
      this.moveHead(lane, head, (head + 1) | 0);
      if (taken) return slot;
    }
  }

  /** @returns the slot at the end of a lane that ends at `tail`; -1 where it goes on meanwhile */
  #lastSlot(lane: Lane, tail: number): number {
    const last = Atomics.load(this.words, LAST + lane);
    const slot = slotIn(last);
    // The second look at `tail` tells apart what the lower bits in `last` do not.
    return last === lastEntry(slot, tail) && this.tailOf(lane) === tail ? slot : -1;
  }

  /** Takes what waits in a slot, in a lane or not; `release` follows then, too. */
  takeSlot(slot: number): boolean {
    const { words } = this;
    const use = words[this.#slots + slot * WORDS + USE]!;
    const ready = readyIn(use);
    const state = this.#states + slot * STATE_WORDS + STATE;
    const claim = this.#freeClaims.pop()!;
    // SYNC: before the swap, so that whoever sees this child named in the state finds its claim.
    words[claim] = slot + 1;
    // The swap is the whole of taking: a process that dies before it has nothing, one that dies after it is named.
    if (Atomics.compareExchange(words, state, ready, runningIn(use, this.#running)) === ready) {
      this.#claims[slot] = claim;
      this.#uses[slot] = use;
      return true;
    }
    words[claim] = 0;
    this.#freeClaims.push(claim);
    return false;
  }

  /** This child has told all that it will tell of what lies in the slot. */
  release(slot: number): void {
    const claim = this.#claims[slot]!;
    // SYNC: after the results were published; the parent reads those before it takes a missing claim for a lost job.
    Atomics.store(this.words, claim, 0);
    this.#freeClaims.push(claim);
  }

  /** What a record about a job in the slot begins with. */
  tagOf(kind: number, slot: number): number {
    return recordTag(kind, this.#uses[slot]!);
  }

  isAborted(slot: number): boolean {
    return Atomics.load(this.words, this.#slots + slot * WORDS + ABORT) === 1;
  }

  payloadOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + PAYLOAD]! >>> 0;
  }

  payloadBytesOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + PAYLOAD_BYTES]! >>> 0;
  }

  taskOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + TASK]!;
  }

  taskAtOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + TASK_AT]! >>> 0;
  }

  callOf(slot: number): number {
    const at = this.#slots + slot * WORDS;
    return joined(this.words[at + CALL]!, this.words[at + CALL_HIGH]!);
  }

  indexOf(slot: number): number {
    const at = this.#slots + slot * WORDS;
    return joined(this.words[at + INDEX]!, this.words[at + INDEX_HIGH]!);
  }

  /** Attempt number and flags. */
  attemptOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + ATTEMPT]!;
  }

  /** How many jobs of a bundle there are; 0 where the slot has one job that is no bundle. */
  bundleOf(slot: number): number {
    return this.words[this.#slots + slot * WORDS + BUNDLE]!;
  }

  /** The turn that the bundle begins with. */
  firstTurnOf(slot: number): number {
    return turnIn(this.#uses[slot]!, 0);
  }

  /** From one job of its bundle to the next; `false` when the bundle was ended. */
  nextTurn(slot: number, turn: number): boolean {
    // The swap is the whole of it: until then the parent may take the next job back, after it this child has it.
    return (
      Atomics.compareExchange(this.words, this.#states + slot * STATE_WORDS + TURN, turn, turn + 1) === turn
    );
  }

  /** Ends its bundle after the job of this turn; `false` when that was done already. */
  endBundle(slot: number, turn: number): boolean {
    const at = this.#states + slot * STATE_WORDS + TURN;
    return Atomics.compareExchange(this.words, at, turn, turn | Turn.Last) === turn;
  }

  setStartedAt(slot: number, at: number): void {
    this.#doubles[((this.#states + slot * STATE_WORDS) >> 1) + STARTED_AT] = at;
  }
}

/** A number of which each half has 32 bits. */
function joined(low: number, high: number): number {
  return high === 0 ? low >>> 0 : (low >>> 0) + high * 2 ** 32;
}
