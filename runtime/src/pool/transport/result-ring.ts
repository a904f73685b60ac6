import { kindIn, RecordKind } from '../protocol.js';
import { CHILD_BLOCK, CHILD_INBOX, RESULT_RECORD } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

const HEADER_BYTES = RESULT_RECORD.lengthBytes;
const { tag: TAG, job: JOB, payloadBytes: PAYLOAD_BYTES, stateBytes: STATE_BYTES } = RESULT_RECORD.word;
const STARTED_AT = RESULT_RECORD.byte.startedAt / 8;
const ENDED_AT = RESULT_RECORD.byte.endedAt / 8;
/** No pool lives as long as that. */
const LATEST_MS = Number.MAX_SAFE_INTEGER;

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Where one child's ring is, and how its positions are read. */
class RingPlace {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
  readonly start: number;
  readonly mask: number;
  readonly lengthBytes: number;
  readonly headWord: number;
  readonly tailWord: number;

  constructor(segment: PoolSegment, child: number) {
    this.words = segment.words;
    this.bytes = segment.bytes;
    this.doubles = new Float64Array(segment.words.buffer);
    this.lengthBytes = segment.size.ringBytes;
    this.start = segment.ringOf(child);
    this.mask = this.lengthBytes - 1;
    this.headWord = segment.inboxOf(child) + CHILD_INBOX.word.ringHead;
    this.tailWord = segment.blockOf(child) + CHILD_BLOCK.word.ringTail;
  }
}

/** The child's end. A record never wraps: padding fills what is left before the start. */
export class ResultWriter {
  readonly #ring: RingPlace;
  #tail: number;
  /** Where the payload of the record in the making starts, in the segment; valid after `begin`. */
  payloadAt = 0;

  constructor(segment: PoolSegment, child: number) {
    this.#ring = new RingPlace(segment, child);
    this.#tail = Atomics.load(this.#ring.words, this.#ring.tailWord);
  }

  /** The largest payload that is worth putting into the ring; larger ones travel in files of their own. */
  get largestPayload(): number {
    return Math.floor(this.#ring.lengthBytes / 3) - HEADER_BYTES;
  }

  /** How many records the parent has not read, at most: as many as there would be if all were the smallest. */
  get unread(): number {
    const ring = this.#ring;
    return ((this.#tail - Atomics.load(ring.words, ring.headWord)) | 0) / HEADER_BYTES;
  }

  /**
   * Finds room for a record with at most so much payload.
   * @returns how much payload fits where it was found, at least `payloadBytes`; -1 when there is no room now
   */
  begin(payloadBytes: number): number {
    const ring = this.#ring;
    const needed = HEADER_BYTES + padded(payloadBytes);
    const used = (this.#tail - Atomics.load(ring.words, ring.headWord)) | 0;
    let room = ring.lengthBytes - used;
    let toEnd = ring.lengthBytes - (this.#tail & ring.mask);
    if (toEnd < needed) {
      // The padding and the record together must fit, or the head would be overrun.
      if (toEnd + needed > room) return -1;
      this.#pad(toEnd);
      room -= toEnd;
      toEnd = ring.lengthBytes;
    }
    if (needed > room) return -1;
    this.payloadAt = ring.start + (this.#tail & ring.mask) + HEADER_BYTES;
    return Math.min(room, toEnd) - HEADER_BYTES;
  }

  #pad(bytes: number): void {
    const ring = this.#ring;
    const at = (ring.start + (this.#tail & ring.mask)) >> 2;
    if (bytes >= HEADER_BYTES) {
      ring.words[at + TAG] = RecordKind.Padding;
      ring.words[at + PAYLOAD_BYTES] = bytes - HEADER_BYTES;
    }
    this.#tail = (this.#tail + bytes) | 0;
  }

  /**
   * Completes and publishes the record that `begin` made room for.
   * @param job see `jobRef`
   * @param times when the attempt began and ended
   */
  commit(tag: number, job: number, payloadBytes: number, stateBytes: number, times: Float64Array): void {
    const ring = this.#ring;
    const start = ring.start + (this.#tail & ring.mask);
    const at = start >> 2;
    ring.words[at + TAG] = tag;
    ring.words[at + JOB] = job;
    ring.words[at + PAYLOAD_BYTES] = payloadBytes;
    ring.words[at + STATE_BYTES] = stateBytes;
    ring.doubles[(start >> 3) + STARTED_AT] = times[0]!;
    ring.doubles[(start >> 3) + ENDED_AT] = times[1]!;
    this.#tail = (this.#tail + HEADER_BYTES + padded(payloadBytes)) | 0;
    // SYNC: publishes the record, padding before it included; pairs with the load of the tail in `ResultReader.next`.
    Atomics.store(ring.words, ring.tailWord, this.#tail);
  }
}

/**
 * The parent's end: `next` moves to a record, `release` gives the room back. A child can write its ring at any time, so
 * what a record says is read once, and checked: it lies within what was published.
 */
export class ResultReader {
  readonly #ring: RingPlace;
  #position: number;
  #known: number;
  /** What the record begins with: see `recordTag`. */
  tag = 0;
  /** Which job it is about: see `jobRef`. */
  job = 0;
  payloadBytes = 0;
  stateBytes = 0;
  /** In bytes from the start of the segment. */
  payloadAt = 0;
  /** What in the ring cannot be; nothing more is read then. */
  problem: string | undefined;

  constructor(segment: PoolSegment, child: number) {
    this.#ring = new RingPlace(segment, child);
    this.#position = Atomics.load(this.#ring.words, this.#ring.headWord);
    this.#known = this.#position;
  }

  /** How many records are published and not read, at most: as many as there would be if all were the smallest. */
  get unread(): number {
    if (this.problem !== undefined) return 0;
    return ((Atomics.load(this.#ring.words, this.#ring.tailWord) - this.#position) | 0) / HEADER_BYTES;
  }

  /** `false` when everything published has been read, or there is a `problem`. */
  next(): boolean {
    const ring = this.#ring;
    const { words } = ring;
    if (this.problem !== undefined) return false;
    for (;;) {
      if (this.#position === this.#known && !this.#learn()) return false;
      const offset = this.#position & ring.mask;
      const toEnd = ring.lengthBytes - offset;
      const left = (this.#known - this.#position) | 0;
      const at = (ring.start + offset) >> 2;
      const tag = toEnd < HEADER_BYTES ? RecordKind.Padding : words[at + TAG]!;
      if (kindIn(tag) !== RecordKind.Padding) {
        const payloadBytes = words[at + PAYLOAD_BYTES]!;
        const stateBytes = words[at + STATE_BYTES]!;
        const most = Math.min(left, toEnd) - HEADER_BYTES;
        // As numbers without a sign, so that one that is less than nothing is too large.
        if (payloadBytes >>> 0 > most || stateBytes >>> 0 > payloadBytes || padded(payloadBytes) > most)
          return this.refuse(`a record of ${payloadBytes} bytes, ${stateBytes} of state, where ${most} fit`);
        this.tag = tag;
        this.job = words[at + JOB]!;
        this.payloadBytes = payloadBytes;
        this.stateBytes = stateBytes;
        this.payloadAt = (at << 2) + HEADER_BYTES;
        this.#position = (this.#position + HEADER_BYTES + padded(payloadBytes)) | 0;
        return true;
      }
      if (toEnd > left) return this.refuse(`padding of ${toEnd} bytes where ${left} were published`);
      this.#position = (this.#position + toEnd) | 0;
    }
  }

  /** Looks how far the child has got. `false` when nothing is new, or it cannot be. */
  #learn(): boolean {
    const ring = this.#ring;
    // SYNC: pairs with the store in `ResultWriter.commit`.
    const known = Atomics.load(ring.words, ring.tailWord);
    const published = (known - this.#position) >>> 0;
    if (published > ring.lengthBytes || (published & 7) !== 0)
      return this.refuse(`an end ${published} bytes after what was read, in a ring of ${ring.lengthBytes}`);
    this.#known = known;
    return published > 0;
  }

  /** Nothing more is read. */
  refuse(problem: string): false {
    this.problem = problem;
    return false;
  }

  /**
   * When the attempt began and ended.
   * @returns whether these can be times
   */
  copyTimes(into: Float64Array): boolean {
    const { doubles } = this.#ring;
    const at = (this.payloadAt - HEADER_BYTES) >> 3;
    const startedAt = doubles[at + STARTED_AT]!;
    const endedAt = doubles[at + ENDED_AT]!;
    into[0] = startedAt;
    into[1] = endedAt;
    return startedAt >= 0 && endedAt >= startedAt && endedAt <= LATEST_MS;
  }

  release(): void {
    Atomics.store(this.#ring.words, this.#ring.headWord, this.#position);
  }

  /** Parent, when the child is dead and everything it published has been read: an empty ring for its successor. */
  reset(): void {
    Atomics.store(this.#ring.words, this.#ring.headWord, 0);
    Atomics.store(this.#ring.words, this.#ring.tailWord, 0);
    this.#position = 0;
    this.#known = 0;
    this.problem = undefined;
  }
}
