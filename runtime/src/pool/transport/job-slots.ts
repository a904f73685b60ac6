import {
  isTurnOf,
  LAST_USE,
  lastEntry,
  readyIn,
  runnerIn,
  runningIn,
  runningUnder,
  SlotState,
  Turn,
  turnIn,
} from '../protocol.js';
import { JobLanes, Lane } from './job-lanes.js';
import { JOB_SLOT, ORDER_ENTRY, POOL_HEADER, SLOT_STATE } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

export { Lane } from './job-lanes.js';

/** Who has a slot that no child has by its state: nobody, or its state cannot be. */
export const Owner = { None: -1, Unknown: -2 } as const;

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
const QUEUED_AT = JOB_SLOT.byte.queuedAt / 8;
const STARTED_AT = SLOT_STATE.byte.startedAt / 8;
const { tail: TAIL, last: LAST } = POOL_HEADER.word;
/** A child goes on to the next job no more often than a bundle has jobs; who writes a turn more often than that is no child of ours. */
const MOST_CUTS = 128;

/** In place of a lane's number, for a job that a process is kept for. */
const NO_LANE = 2;

/**
 * The parent's side of the slots of jobs and of the lanes that say in which order to take them. What it decides by is its
 * own copy of what it has written; of what children can write it reads only what is checked against the use of the slot.
 */
export class JobSlots extends JobLanes {
  readonly #slots: number;
  readonly #states: number;
  readonly #doubles: Float64Array;
  readonly #entries: readonly [number, number];
  readonly #mask: number;
  /** The ends of the lanes, entries included that are not published yet. */
  readonly #tails: [number, number];
  readonly #published: [number, number];
  /** Slots at the positions of the lanes. */
  readonly #lanes: readonly [Int32Array, Int32Array];
  /** Of each slot: its use, what it holds, and where in which lane it stands. */
  readonly #uses: Int32Array;
  readonly #payloads: Float64Array;
  readonly #payloadBytes: Float64Array;
  readonly #attempts: Int32Array;
  readonly #positions: Int32Array;
  readonly #laneOf: Uint8Array;
  #lastUse = Math.floor(Math.random() * LAST_USE);
  readonly count: number;

  constructor(segment: PoolSegment) {
    super(segment);
    const { words, word, size } = segment;
    this.#slots = word.slots;
    this.#states = word.states;
    this.#doubles = new Float64Array(words.buffer);
    this.#entries = [word.urgent, word.order];
    this.#mask = size.orderLength - 1;
    this.#tails = [words[TAIL]!, words[TAIL + 1]!];
    this.#published = [words[TAIL]!, words[TAIL + 1]!];
    this.#lanes = [new Int32Array(size.orderLength), new Int32Array(size.orderLength)];
    this.count = size.slotCount;
    this.#uses = new Int32Array(this.count);
    this.#payloads = new Float64Array(this.count);
    this.#payloadBytes = new Float64Array(this.count);
    this.#attempts = new Int32Array(this.count);
    this.#positions = new Int32Array(this.count);
    this.#laneOf = new Uint8Array(this.count);
  }

  protected override tailOf(lane: Lane): number {
    return this.#published[lane];
  }

  /** Which use of the slot this is, or was the last. */
  useOf(slot: number): number {
    return this.#uses[slot]!;
  }

  #stateOf(slot: number): number {
    return Atomics.load(this.words, this.#states + slot * STATE_WORDS + STATE);
  }

  /** The child that has taken the job of a slot; -1 when none has, or the state cannot be. */
  runnerOf(slot: number): number {
    return runnerIn(this.#stateOf(slot), this.#uses[slot]!);
  }

  isReady(slot: number): boolean {
    return this.#stateOf(slot) === readyIn(this.#uses[slot]!);
  }

  /** The child that has taken the job of a slot, by one look at its state; else see `Owner`. */
  ownerOf(slot: number): number {
    const state = this.#stateOf(slot);
    const use = this.#uses[slot]!;
    if (state === readyIn(use)) return Owner.None;
    const runner = runnerIn(state, use);
    return runner === -1 ? Owner.Unknown : runner;
  }

  payloadOf(slot: number): number {
    return this.#payloads[slot]!;
  }

  payloadBytesOf(slot: number): number {
    return this.#payloadBytes[slot]!;
  }

  /** Attempt number and flags. */
  attemptOf(slot: number): number {
    return this.#attempts[slot]!;
  }

  /**
   * Ends a bundle after the job that is the child's now.
   * @returns the position of that job; -1 when its turn cannot be
   */
  cutBundle(slot: number): number {
    const { words } = this;
    const at = this.#states + slot * STATE_WORDS + TURN;
    const use = this.#uses[slot]!;
    for (let tries = 0; tries < MOST_CUTS; tries += 1) {
      const turn = Atomics.load(words, at);
      if (!isTurnOf(use, turn)) return -1;
      const isEnded =
        (turn & Turn.Last) !== 0 || Atomics.compareExchange(words, at, turn, turn | Turn.Last) === turn;
      if (isEnded) return turn & Turn.JobMask;
    }
    return -1;
  }

  /** Ends a bundle whose turn cannot be, wherever its child is: that one goes no further. */
  stopBundle(slot: number, position: number): void {
    const turn = turnIn(this.#uses[slot]!, position) | Turn.Last;
    Atomics.store(this.words, this.#states + slot * STATE_WORDS + TURN, turn);
  }

  /** Was the bundle ended after the job of this position? */
  isLastTurn(slot: number, position: number): boolean {
    const turn = Atomics.load(this.words, this.#states + slot * STATE_WORDS + TURN);
    return turn === (turnIn(this.#uses[slot]!, position) | Turn.Last);
  }

  /** Before `fill`: since when what will lie in the slot has waited. */
  noteQueued(slot: number, queuedAt: number): void {
    this.#doubles[((this.#slots + slot * WORDS) >> 1) + QUEUED_AT] = queuedAt;
  }

  /** Fills a free slot; nobody looks at it before `publish`. */
  fill(
    slot: number,
    payload: number,
    payloadBytes: number,
    task: number,
    taskAt: number,
    call: number,
    index: number,
    attempt: number,
    bundle: number,
  ): void {
    const { words } = this;
    const at = this.#slots + slot * WORDS;
    const use = (this.#lastUse % LAST_USE) + 1;
    this.#lastUse = use;
    this.#uses[slot] = use;
    this.#payloads[slot] = payload;
    this.#payloadBytes[slot] = payloadBytes;
    this.#attempts[slot] = attempt;
    this.#laneOf[slot] = NO_LANE;
    words[at + USE] = use;
    words[at + ABORT] = 0;
    words[at + PAYLOAD] = payload;
    words[at + PAYLOAD_BYTES] = payloadBytes;
    words[at + TASK] = task;
    words[at + TASK_AT] = taskAt;
    words[at + CALL] = call;
    words[at + CALL_HIGH] = call / 2 ** 32;
    words[at + INDEX] = index;
    words[at + INDEX_HIGH] = index / 2 ** 32;
    words[at + ATTEMPT] = attempt;
    words[at + BUNDLE] = bundle;
    const state = this.#states + slot * STATE_WORDS;
    words[state + TURN] = turnIn(use, 0);
    this.#doubles[(state >> 1) + STARTED_AT] = 0;
    // SYNC: publishes the slot; pairs with the swap in `JobTaker.take`.
    Atomics.store(words, state + STATE, readyIn(use));
  }

  /**
   * When the attempt of a running slot began; 0 when it has not.
   * @param now a time that is not later is believed
   */
  startedAtOf(slot: number, now: number): number {
    const at = this.#doubles[((this.#states + slot * STATE_WORDS) >> 1) + STARTED_AT]!;
    return at >= 0 && at <= now ? at : now;
  }

  /** Is there room for one more at the end of a lane? Asked before `fill`, because a stale entry can make it known. */
  hasRoom(lane: Lane): boolean {
    const length = (this.#tails[lane] - this.headOf(lane)) | 0;
    return length <= this.#mask || this.#passTaken(lane);
  }

  /** Puts a ready slot at the end of a lane that has room; children see it when it is published. */
  append(slot: number, lane: Lane): void {
    const tail = this.#tails[lane];
    this.words[this.#entries[lane] + (tail & this.#mask) * ORDER_ENTRY.lengthWords] = slot;
    this.#lanes[lane][tail & this.#mask] = slot;
    this.#positions[slot] = tail;
    this.#laneOf[slot] = lane;
    this.#tails[lane] = (tail + 1) | 0;
  }

  /** Shows children what was appended. One store for many, because each waits until all before it are seen. */
  publish(): void {
    this.#publish(Lane.Urgent);
    this.#publish(Lane.Usual);
  }

  #publish(lane: Lane): void {
    const tail = this.#tails[lane];
    if (this.#published[lane] === tail) return;
    this.#published[lane] = tail;
    this.words[LAST + lane] = lastEntry(this.#lanes[lane][(tail - 1) & this.#mask]!, tail);
    // SYNC: publishes the entries; pairs with the load of `tail` in `JobLanes.headOf`.
    Atomics.store(this.words, TAIL + lane, tail);
  }

  /** Moves `head` past entries whose job is taken; `true` when it moved. */
  #passTaken(lane: Lane): boolean {
    const start = this.headOf(lane);
    const tail = this.#tails[lane];
    const entries = this.#lanes[lane];
    let at = start;
    while (at !== tail && !this.isReady(entries[at & this.#mask]!)) at = (at + 1) | 0;
    return at !== start && this.moveHead(lane, start, at);
  }

  /** Does a ready job stand where nobody looks any more? */
  isSkipped(slot: number): boolean {
    const lane = this.#laneOf[slot]!;
    if (lane === NO_LANE) return false;
    const ahead = (this.headOf(lane as Lane) - this.#positions[slot]!) | 0;
    return ahead > 0 && this.isReady(slot);
  }

  /** Takes a job back that nobody has taken. */
  withdraw(slot: number): boolean {
    const state = this.#states + slot * STATE_WORDS + STATE;
    const ready = readyIn(this.#uses[slot]!);
    return Atomics.compareExchange(this.words, state, ready, SlotState.Free) === ready;
  }

  /** Frees a slot that is not ready. Nobody acts on it before it is filled again, so nobody need see it soon. */
  free(slot: number): void {
    this.words[this.#states + slot * STATE_WORDS + STATE] = SlotState.Free;
  }

  /** Says again that a child has taken the job of a slot, where that was overwritten. */
  setRunner(slot: number, child: number): void {
    const running = runningIn(this.#uses[slot]!, runningUnder(child));
    Atomics.store(this.words, this.#states + slot * STATE_WORDS + STATE, running);
  }

  askToAbort(slot: number): void {
    Atomics.store(this.words, this.#slots + slot * WORDS + ABORT, 1);
  }
}
