import { runnerIn, SlotState, Turn } from '../protocol.js';
import { JOB_SLOT, POOL_HEADER } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

/** The two lines that jobs wait in; the urgent one is served first. */
export const Line = { Urgent: 0, Usual: 1 } as const;
export type Line = (typeof Line)[keyof typeof Line];

const WORDS = JOB_SLOT.lengthWords;
const { state: STATE, abort: ABORT, payload: PAYLOAD, payloadBytes: PAYLOAD_BYTES } = JOB_SLOT.word;
const { task: TASK, taskAt: TASK_AT, call: CALL, index: INDEX, attempt: ATTEMPT } = JOB_SLOT.word;
const { bundle: BUNDLE, turn: TURN } = JOB_SLOT.word;
const STARTED_AT = JOB_SLOT.byte.startedAt / 8;
const { tail: TAIL, head: HEAD } = POOL_HEADER.word;

/** The slots of jobs and the ring that says in which order to take them. */
export class JobSlots {
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #doubles: Float64Array;
  readonly #entries: readonly [number, number];
  readonly #orderMask: number;
  /** Parent: the ends of the lines, entries included that are not published yet. */
  readonly #tails: [number, number];
  readonly count: number;

  constructor(segment: PoolSegment) {
    this.#words = segment.words;
    this.#first = segment.word.slots;
    this.#doubles = new Float64Array(segment.words.buffer);
    this.#entries = [segment.word.urgent, segment.word.order];
    this.#orderMask = segment.size.orderLength - 1;
    this.#tails = [segment.words[TAIL]!, segment.words[TAIL + 1]!];
    this.count = segment.size.slotCount;
  }

  stateOf(slot: number): number {
    return Atomics.load(this.#words, this.#first + slot * WORDS + STATE);
  }

  /** The child that has taken the job of a slot; -1 when none has. */
  runnerOf(slot: number): number {
    return runnerIn(this.stateOf(slot));
  }

  isAborted(slot: number): boolean {
    return Atomics.load(this.#words, this.#first + slot * WORDS + ABORT) === 1;
  }

  payloadOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + PAYLOAD]! >>> 0;
  }

  payloadBytesOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + PAYLOAD_BYTES]! >>> 0;
  }

  taskOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + TASK]!;
  }

  taskAtOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + TASK_AT]! >>> 0;
  }

  callOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + CALL]! >>> 0;
  }

  indexOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + INDEX]!;
  }

  /** Attempt number and flags. */
  attemptOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + ATTEMPT]!;
  }

  /** How many jobs of a bundle there are; 0 where the slot has one job that is no bundle. */
  bundleOf(slot: number): number {
    return this.#words[this.#first + slot * WORDS + BUNDLE]!;
  }

  turnOf(slot: number): number {
    return Atomics.load(this.#words, this.#first + slot * WORDS + TURN);
  }

  /** Child: from one job of its bundle to the next; `false` when the bundle was ended. */
  nextTurn(slot: number, turn: number): boolean {
    // The parent may have ended it before this child has looked at the turn for the first time.
    if ((turn & Turn.Last) !== 0) return false;
    // The swap is the whole of it: until then the parent may take the next job back, after it this child has it.
    return Atomics.compareExchange(this.#words, this.#first + slot * WORDS + TURN, turn, turn + 1) === turn;
  }

  /** Child: ends its bundle after the job of this turn; `false` when that was done already. */
  endBundle(slot: number, turn: number): boolean {
    if ((turn & Turn.Last) !== 0) return false;
    const at = this.#first + slot * WORDS + TURN;
    return Atomics.compareExchange(this.#words, at, turn, turn | Turn.Last) === turn;
  }

  /** Was the bundle that had this turn ended after it, and is the slot still in the same use? */
  isLastTurn(slot: number, turn: number): boolean {
    return this.turnOf(slot) === (turn | Turn.Last);
  }

  /** Parent: ends a bundle after the job that is the child's now. @returns the position of that job */
  cutBundle(slot: number): number {
    for (;;) {
      const turn = this.turnOf(slot);
      if ((turn & Turn.Last) !== 0 || this.endBundle(slot, turn)) return turn & Turn.JobMask;
    }
  }

  /** Parent: fills a free slot; nobody looks at it before `publish`. */
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
    const at = this.#first + slot * WORDS;
    const words = this.#words;
    words[at + ABORT] = 0;
    words[at + PAYLOAD] = payload;
    words[at + PAYLOAD_BYTES] = payloadBytes;
    words[at + TASK] = task;
    words[at + TASK_AT] = taskAt;
    words[at + CALL] = call;
    words[at + INDEX] = index;
    words[at + ATTEMPT] = attempt;
    words[at + BUNDLE] = bundle;
    words[at + TURN] = (words[at + TURN]! + Turn.NextUse) & ~(Turn.NextUse - 1);
    this.setStartedAt(slot, 0);
    // SYNC: publishes the slot; pairs with the swap in `take`.
    Atomics.store(words, at + STATE, SlotState.Ready);
  }

  /** When the attempt of a running slot began; 0 when it has not. */
  startedAtOf(slot: number): number {
    return this.#doubles[((this.#first + slot * WORDS) >> 1) + STARTED_AT]!;
  }

  setStartedAt(slot: number, at: number): void {
    this.#doubles[((this.#first + slot * WORDS) >> 1) + STARTED_AT] = at;
  }

  /** Parent: is there room for one more at the end of a line? Asked before `fill`, because a stale entry can make it known. */
  hasRoom(line: Line): boolean {
    const length = (this.#tails[line] - Atomics.load(this.#words, HEAD + line)) | 0;
    return length <= this.#orderMask || this.#passTaken(line);
  }

  /** Parent: puts a ready slot at the end of a line that has room; children see it when it is published. */
  append(slot: number, line: Line): void {
    const tail = this.#tails[line];
    this.#words[this.#entries[line] + (tail & this.#orderMask)] = slot;
    this.#tails[line] = (tail + 1) | 0;
  }

  /** Parent: shows children what was appended. One store for many, because each waits until all before it are seen. */
  publish(): void {
    this.#publish(Line.Urgent);
    this.#publish(Line.Usual);
  }

  #publish(line: Line): void {
    const words = this.#words;
    if (words[TAIL + line] === this.#tails[line]) return;
    // SYNC: publishes the entries; pairs with the load of `tail` in `#takeFrom`.
    Atomics.store(words, TAIL + line, this.#tails[line]);
  }

  /** Moves `head` past entries whose job is taken; `true` when it moved. */
  #passTaken(line: Line): boolean {
    const words = this.#words;
    const start = Atomics.load(words, HEAD + line);
    const tail = this.#tails[line];
    const entries = this.#entries[line];
    let at = start;
    while (at !== tail && this.stateOf(words[entries + (at & this.#orderMask)]!) !== SlotState.Ready)
      at = (at + 1) | 0;
    return at !== start && Atomics.compareExchange(words, HEAD + line, start, at) === start;
  }

  /**
   * Child: takes the first job that waits.
   * @returns its slot, or -1 when none waits
   */
  take(running: number): number {
    const urgent = this.#takeFrom(Line.Urgent, running);
    return urgent === -1 ? this.#takeFrom(Line.Usual, running) : urgent;
  }

  #takeFrom(line: Line, running: number): number {
    const words = this.#words;
    for (;;) {
      const head = Atomics.load(words, HEAD + line);
      // SYNC: pairs with the store of `tail` in `append`.
      if (head === Atomics.load(words, TAIL + line)) return -1;
      const slot = words[this.#entries[line] + (head & this.#orderMask)]!;
      const state = this.#first + slot * WORDS + STATE;
      // The swap is the whole of taking: a process that dies before it has nothing, one that dies after it is named.
      const taken =
        Atomics.load(words, state) === SlotState.Ready &&
        Atomics.compareExchange(words, state, SlotState.Ready, running) === SlotState.Ready;
      Atomics.compareExchange(words, HEAD + line, head, (head + 1) | 0);
      if (taken) return slot;
    }
  }

  /** How many jobs wait, or a few more. */
  get waiting(): number {
    const words = this.#words;
    const usual = (Atomics.load(words, TAIL + Line.Usual) - Atomics.load(words, HEAD + Line.Usual)) | 0;
    return usual + ((Atomics.load(words, TAIL + Line.Urgent) - Atomics.load(words, HEAD + Line.Urgent)) | 0);
  }

  /** Changes whenever a job is taken. */
  get taken(): number {
    const words = this.#words;
    return (Atomics.load(words, HEAD + Line.Usual) + Atomics.load(words, HEAD + Line.Urgent)) | 0;
  }

  hasWaiting(): boolean {
    const words = this.#words;
    return (
      Atomics.load(words, HEAD + Line.Usual) !== Atomics.load(words, TAIL + Line.Usual) ||
      Atomics.load(words, HEAD + Line.Urgent) !== Atomics.load(words, TAIL + Line.Urgent)
    );
  }

  /** Parent: takes a job back that nobody has taken. */
  withdraw(slot: number): boolean {
    const state = this.#first + slot * WORDS + STATE;
    return Atomics.compareExchange(this.#words, state, SlotState.Ready, SlotState.Free) === SlotState.Ready;
  }

  /** Parent, for a slot that is not ready. Nobody acts on it before it is filled again, so nobody need see it soon. */
  free(slot: number): void {
    this.#words[this.#first + slot * WORDS + STATE] = SlotState.Free;
  }

  askToAbort(slot: number): void {
    Atomics.store(this.#words, this.#first + slot * WORDS + ABORT, 1);
  }
}
