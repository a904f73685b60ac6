import { RecordKind } from '../protocol.js';
import { CHILD_BLOCK, RESULT_RECORD } from './layout.js';
import type { PoolSegment } from './pool-segment.js';

const HEADER_BYTES = RESULT_RECORD.lengthBytes;
const { kind: KIND, slot: SLOT, payloadBytes: PAYLOAD_BYTES, stateBytes: STATE_BYTES } = RESULT_RECORD.word;
const STARTED_AT = RESULT_RECORD.byte.startedAt / 8;
const ENDED_AT = RESULT_RECORD.byte.endedAt / 8;

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
    this.start = segment.byte.rings + child * this.lengthBytes;
    this.mask = this.lengthBytes - 1;
    const block = segment.word.children + child * CHILD_BLOCK.lengthWords;
    this.headWord = block + CHILD_BLOCK.word.ringHead;
    this.tailWord = block + CHILD_BLOCK.word.ringTail;
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

  /** The largest payload that is worth putting into the ring; larger ones travel in a parcel. */
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
      ring.words[at + KIND] = RecordKind.Padding;
      ring.words[at + PAYLOAD_BYTES] = bytes - HEADER_BYTES;
    }
    this.#tail = (this.#tail + bytes) | 0;
  }

  /**
   * Completes and publishes the record that `begin` made room for.
   * @param times when the attempt began and ended
   */
  commit(kind: number, slot: number, payloadBytes: number, stateBytes: number, times: Float64Array): void {
    const ring = this.#ring;
    const start = ring.start + (this.#tail & ring.mask);
    const at = start >> 2;
    ring.words[at + KIND] = kind;
    ring.words[at + SLOT] = slot;
    ring.words[at + PAYLOAD_BYTES] = payloadBytes;
    ring.words[at + STATE_BYTES] = stateBytes;
    ring.doubles[(start >> 3) + STARTED_AT] = times[0]!;
    ring.doubles[(start >> 3) + ENDED_AT] = times[1]!;
    this.#tail = (this.#tail + HEADER_BYTES + padded(payloadBytes)) | 0;
    // SYNC: publishes the record, padding before it included; pairs with the load of the tail in `ResultReader.next`.
    Atomics.store(ring.words, ring.tailWord, this.#tail);
  }
}

/** The parent's end: `next` moves to a record, the getters read it, `release` gives the room back. */
export class ResultReader {
  readonly #ring: RingPlace;
  #at = 0;
  #position: number;
  #known: number;

  constructor(segment: PoolSegment, child: number) {
    this.#ring = new RingPlace(segment, child);
    this.#position = Atomics.load(this.#ring.words, this.#ring.headWord);
    this.#known = this.#position;
  }

  /** How many records are published and not read, at most: as many as there would be if all were the smallest. */
  get unread(): number {
    return ((Atomics.load(this.#ring.words, this.#ring.tailWord) - this.#position) | 0) / HEADER_BYTES;
  }

  /** `false` when everything published has been read. */
  next(): boolean {
    const ring = this.#ring;
    for (;;) {
      if (this.#position === this.#known) {
        // SYNC: pairs with the store in `ResultWriter.commit`.
        this.#known = Atomics.load(ring.words, ring.tailWord);
        if (this.#position === this.#known) return false;
      }
      const offset = this.#position & ring.mask;
      const toEnd = ring.lengthBytes - offset;
      this.#at = (ring.start + offset) >> 2;
      if (toEnd >= HEADER_BYTES && ring.words[this.#at + KIND] !== RecordKind.Padding) {
        this.#position = (this.#position + HEADER_BYTES + padded(this.payloadBytes)) | 0;
        return true;
      }
      this.#position = (this.#position + toEnd) | 0;
    }
  }

  get kind(): number {
    return this.#ring.words[this.#at + KIND]!;
  }

  get slot(): number {
    return this.#ring.words[this.#at + SLOT]!;
  }

  get payloadBytes(): number {
    return this.#ring.words[this.#at + PAYLOAD_BYTES]!;
  }

  get stateBytes(): number {
    return this.#ring.words[this.#at + STATE_BYTES]!;
  }

  /** In bytes from the start of the segment. */
  get payloadAt(): number {
    return (this.#at << 2) + HEADER_BYTES;
  }

  get startedAt(): number {
    return this.#ring.doubles[(this.#at >> 1) + STARTED_AT]!;
  }

  get endedAt(): number {
    return this.#ring.doubles[(this.#at >> 1) + ENDED_AT]!;
  }

  /** Both times, the start first. */
  copyTimes(into: Float64Array): void {
    const { doubles } = this.#ring;
    const at = this.#at >> 1;
    into[0] = doubles[at + STARTED_AT]!;
    into[1] = doubles[at + ENDED_AT]!;
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
  }
}
