import { failpoint } from '../../failpoints/failpoint.js';
import { boundedBytes } from '../../limits/limits.js';
import { SharedArray } from '../../shared-array/shared-array.js';
import { joinInto, type Packed, packApart, packedOf, packInto, packThrown } from '../../values/index.js';
import { endsAttempt, LARGE_VALUE, ParentSleep, RecordKind, slotIn, useIn } from '../protocol.js';
import type { Doorbell } from '../transport/doorbell.js';
import type { JobTaker } from '../transport/job-taker.js';
import { LargeValue } from '../transport/large-value.js';
import { LargeValueFileCache } from '../transport/large-value-file-cache.js';
import { CHILD_INBOX, POOL_HEADER, SHARED_WORDS } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { ResultWriter } from '../transport/result-ring.js';

const NOTHING = new Uint8Array(0);

/** Room that is asked for before the size of a result is known, in bytes; most take less. */
const SMALL_PAYLOAD = 256;

/**
 * The parent is rung for long jobs this often where it waits for many, in milliseconds. It looks by itself more often than
 * that; each doorbell takes a processor from a job.
 */
const RING_EVERY_MS = 100;

/** No more jobs are taken while the parent has so much to fetch, in bytes. */
const LARGE_VALUES_BYTES = 128 * 1024 * 1024;

interface Waiting {
  readonly tag: number;
  readonly job: number;
  readonly payload: Uint8Array;
  readonly stateBytes: number;
  readonly times: Float64Array;
}

/** What the parent has yet to read, and the arrays that are its own then. */
interface LargeValueOut {
  readonly largeValue: LargeValue;
  readonly arrays: readonly SharedArray[];
  readonly lengthBytes: number;
}

/** What this child tells its parent, in order; what finds no room waits here. */
export class ReportSender {
  /**
   * When the attempt began and ended that is told of next, in milliseconds since the segment was made. A number that is handed
   * from function to function is an object for V8; in an array it is none.
   */
  readonly times = new Float64Array(2);
  readonly #segment: PoolSegment;
  readonly #writer: ResultWriter;
  readonly #doorbell: Doorbell;
  readonly #slots: JobTaker;
  readonly #largeValuesReadWord: number;
  readonly #parentAsleepWord: number;
  readonly #onStuck: () => void;
  /** Called before the end of an attempt is told. */
  readonly #beforeEnd: ((use: number, job: number) => void) | undefined;
  #waiting: Waiting[] = [];
  /** A value is being packed where the next record will be; what its own code tells meanwhile must wait. */
  #isPacking = false;
  #largeValues: LargeValueOut[] = [];
  readonly #fileCache = new LargeValueFileCache();
  #largeValuesGone = 0;
  #largeValuesBytes = 0;
  #mostLargeValuesBytes = LARGE_VALUES_BYTES;
  #unsung = 0;
  #toldBytes = 0;
  /** Something was told that has consequences, as a failure, after which a job may run again. */
  #isUrgent = false;
  #rangAt = Number.NEGATIVE_INFINITY;

  /** Slots that are given up when nothing waits any more. */
  readonly #done: number[] = [];

  /**
   * @param onStuck something was told by a job that goes on, and found no room: who sleeps must say what it waits for
   * @param beforeEnd what is to be done before the end of an attempt is told
   */
  constructor(
    segment: PoolSegment,
    slots: JobTaker,
    child: number,
    doorbell: Doorbell,
    onStuck: () => void,
    beforeEnd?: (use: number, job: number) => void,
  ) {
    this.#segment = segment;
    this.#slots = slots;
    this.#onStuck = onStuck;
    this.#beforeEnd = beforeEnd;
    this.#doorbell = doorbell;
    this.#writer = new ResultWriter(segment, child);
    this.#largeValuesReadWord = segment.inboxOf(child) + CHILD_INBOX.word.largeValuesRead;
    this.#parentAsleepWord = segment.word.shared + SHARED_WORDS.word.parentAsleep;
  }

  /**
   * Gives up the slot of a job whose end was told, as soon as that is published: until then the parent would take the job
   * for lost.
   */
  release(slot: number): void {
    if (this.#waiting.length === 0) this.#slots.release(slot);
    else this.#done.push(slot);
  }

  get isStuck(): boolean {
    return this.#waiting.length > 0 || this.#largeValuesBytes > this.#mostLargeValuesBytes;
  }

  /** What is told next is of this moment. */
  at(moment: number): this {
    this.times.fill(moment);
    return this;
  }

  /**
   * @param job see `jobRef`
   * @throws ValueError when the value cannot be sent; nothing was written then
   */
  tell(kind: RecordKind, job: number, value: unknown, root: string, state: Uint8Array): void {
    const tag = this.#tagOf(kind, job);
    if (!isResult(kind)) {
      if (state.length > 0 || !this.#packIntoRing(tag, job, value, root))
        this.#put(tag, job, packApart(value, root), state);
      return;
    }
    SharedArray.beginGiving();
    try {
      if (state.length === 0 && this.#packIntoRing(tag, job, value, root)) return;
      const packed = packApart(value, root);
      const arrays = SharedArray.endGiving();
      if (arrays.length === 0) this.#put(tag, job, packed, state);
      // The parent says of a large value when it has read it, and so when it has the arrays.
      else this.#tellOfLargeValue(packed, tag, job, state, arrays);
    } finally {
      SharedArray.endGiving();
    }
  }

  #tagOf(kind: RecordKind, job: number): number {
    const tag = this.#slots.tagOf(kind, slotIn(job));
    if (this.#beforeEnd !== undefined && endsAttempt(kind)) this.#beforeEnd(useIn(tag), job);
    return tag;
  }

  /** The quick way: no copy, no buffer. `false` when there is not room enough. */
  #packIntoRing(tag: number, job: number, value: unknown, root: string): boolean {
    const writer = this.#writer;
    if (this.#waiting.length > 0 || this.#isPacking) return false;
    const room = writer.begin(SMALL_PAYLOAD);
    if (room === -1) return false;
    const at = writer.payloadAt;
    const end = at + Math.min(room, writer.largestPayload);
    // Not by `knownLength`, which may throw for what is no value: that is for packing to tell, with its path.
    if (ArrayBuffer.isView(value) && at + value.byteLength > end) return false;
    const lengthBytes = this.#packAt(at, value, root, end);
    if (lengthBytes === -1 || SharedArray.givesAny) return false;
    // A getter may have told of its job's progress.
    if (this.#waiting.length > 0) {
      const packed = Buffer.from(this.#segment.bytes.subarray(at, at + lengthBytes));
      this.#put(tag, job, packedOf(packed), NOTHING);
      return true;
    }
    failpoint('pool.result-written');
    writer.commit(tag, job, lengthBytes, 0, this.times);
    failpoint('pool.result-published');
    this.#toldBytes += lengthBytes;
    this.#unsung += 1;
    return true;
  }

  #packAt(at: number, value: unknown, root: string, end: number): number {
    this.#isPacking = true;
    try {
      return packInto(this.#segment.bytes, at, value, root, end);
    } finally {
      this.#isPacking = false;
    }
  }

  /** What there is no memory to tell of is replaced by that: a job that fails must not take its process along. */
  tellThrown(kind: RecordKind, job: number, thrown: unknown, state: Uint8Array): void {
    const tag = this.#tagOf(kind, job);
    this.#isUrgent = true;
    try {
      this.#put(tag, job, packedOf(packThrown(thrown)), state);
    } catch (full) {
      this.#put(tag, job, packedOf(packThrown(full)), NOTHING);
    }
  }

  /** @throws MprocError `ERR_MEMORY_FULL` when there is no memory for the state; without one there always is */
  tellNothing(kind: RecordKind, job: number, state: Uint8Array): void {
    this.#put(this.#tagOf(kind, job), job, packedOf(NOTHING), state);
  }

  /** The payload is the body with the state behind it. */
  #put(tag: number, job: number, body: Packed, state: Uint8Array): void {
    if (this.#waiting.length > 0) this.flush();
    const lengthBytes = body.lengthBytes + state.length;
    this.#toldBytes += lengthBytes;
    if (lengthBytes > this.#writer.largestPayload) {
      this.#tellOfLargeValue(body, tag, job, state, []);
      return;
    }
    if (this.#waiting.length === 0 && !this.#isPacking && this.#writer.begin(lengthBytes) !== -1) {
      const { bytes } = this.#segment;
      const at = this.#writer.payloadAt;
      joinInto(body, bytes, at);
      if (state.length > 0) bytes.set(state, at + body.lengthBytes);
      failpoint('pool.result-written');
      this.#writer.commit(tag, job, lengthBytes, state.length, this.times);
      failpoint('pool.result-published');
      this.#unsung += 1;
      return;
    }
    const payload = Buffer.allocUnsafe(lengthBytes);
    joinInto(body, payload, 0);
    payload.set(state, body.lengthBytes);
    this.#waiting.push({ tag, job, payload, stateBytes: state.length, times: this.times.slice() });
    this.#onStuck();
  }

  /** @param arrays the parent's once it has read this */
  #tellOfLargeValue(
    body: Packed,
    tag: number,
    job: number,
    state: Uint8Array,
    arrays: readonly SharedArray[],
  ): void {
    // What the parent has read by now may serve again.
    this.flush();
    const largeValue = LargeValue.send(this.#fileCache, body, { tail: state });
    const lengthBytes = arrays.reduce(
      (sum, array) => sum + SharedArray.memoryOf(array),
      largeValue.segmentBytes,
    );
    this.#largeValues.push({ largeValue, arrays, lengthBytes });
    this.#largeValuesBytes += lengthBytes;
    // Found out when it is needed: to ask the system takes longer than a small job.
    this.#mostLargeValuesBytes = boundedBytes(LARGE_VALUES_BYTES);
    failpoint('pool.parcel-sent');
    const name = Buffer.from(`${state.length}:${largeValue.name}`);
    this.#put(tag | LARGE_VALUE, job, packedOf(name), NOTHING);
  }

  /**
   * Publishes what waited, as far as there is room, and lets go of large values that the parent has read.
   * @returns whether something was published
   */
  flush(): boolean {
    const before = this.#waiting.length;
    while (this.#waiting.length > 0 && !this.#isPacking) {
      const first = this.#waiting[0]!;
      if (this.#writer.begin(first.payload.length) === -1) break;
      this.#segment.bytes.set(first.payload, this.#writer.payloadAt);
      const { tag, job, payload, stateBytes, times } = first;
      this.#writer.commit(tag, job, payload.length, stateBytes, times);
      this.#unsung += 1;
      this.#waiting.shift();
    }
    if (this.#waiting.length === 0) for (const slot of this.#done.splice(0)) this.#slots.release(slot);
    const taken = Atomics.load(this.#segment.words, this.#largeValuesReadWord);
    while (this.#largeValuesGone !== taken && this.#largeValues.length > 0) {
      const { largeValue, arrays, lengthBytes } = this.#largeValues.shift()!;
      this.#largeValuesBytes -= lengthBytes;
      largeValue.close();
      for (const array of arrays) SharedArray.handOver(array);
      this.#largeValuesGone = (this.#largeValuesGone + 1) | 0;
    }
    return this.#waiting.length < before;
  }

  /** How much was told since this was asked, in bytes. */
  takeToldBytes(): number {
    const bytes = this.#toldBytes;
    this.#toldBytes = 0;
    return bytes;
  }

  get hasLargeValues(): boolean {
    return this.#largeValues.length > 0;
  }

  /** The same after a job. Long ones are worth a doorbell, but each takes the parent's time, and a processor for it. */
  ringAfter(wasLong: boolean, endedAt: number): void {
    const isDue = wasLong && endedAt - this.#rangAt >= RING_EVERY_MS;
    if (isDue) this.#rangAt = endedAt;
    this.ring(isDue || this.#isUrgent);
  }

  /** Rings the parent if it sleeps and has anything to read. */
  ringIfUnread(): void {
    if (this.#writer.unread > 0) this.ring(true);
  }

  /** Rings the parent if it sleeps and has enough to read; `now` rings for anything. */
  ring(now: boolean): void {
    const { words } = this.#segment;
    if (this.#unsung === 0 && !now) return;
    const word = this.#parentAsleepWord;
    const sleep = Atomics.load(words, word);
    if (sleep === ParentSleep.Awake) return;
    if (!now && this.#writer.unread < Atomics.load(words, POOL_HEADER.word.wakeAfter)) return;
    if (Atomics.compareExchange(words, word, sleep, ParentSleep.Awake) !== sleep) return;
    if (sleep === ParentSleep.Briefly) this.#segment.memory.wakeOnWord(word);
    else if (!this.#doorbell.ring()) {
      // It sleeps on. If something else wakes it meanwhile, it is rung in vain at most.
      Atomics.compareExchange(words, word, ParentSleep.Awake, ParentSleep.UntilRung);
      return;
    }
    this.#unsung = 0;
    this.#isUrgent = false;
  }
}

/** Only what a job returns is its caller's; progress is told of what it goes on with. */
function isResult(kind: number): boolean {
  return kind === RecordKind.Result || kind === RecordKind.Response;
}
