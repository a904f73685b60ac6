import { writeSync } from 'node:fs';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { MprocError } from '../../errors/errors.js';
import { place } from '../../layout/layout.js';
import { Segment } from '../../segment/segment.js';
import { CHILD_BLOCK, CHILD_INBOX, POOL_HEADER, POOL_SEGMENT, PROCESS_RECORD } from './layout.js';

export interface PoolSegmentSize {
  readonly slotCount: number;
  readonly orderLength: number;
  readonly childCount: number;
  /** Slots that a child can have taken at once. */
  readonly claimCount: number;
  readonly ringBytes: number;
  readonly arenaBytes: number;
}

const HEADER = POOL_HEADER.word;
const WORD_BYTES = 4;

/** A pool's segment with the places of its parts. */
export class PoolSegment {
  readonly word: Readonly<Record<keyof typeof POOL_SEGMENT.parts, number>>;
  readonly byte: Readonly<Record<keyof typeof POOL_SEGMENT.parts, number>>;
  readonly words: Int32Array;
  readonly bytes: Buffer;
  /** Zero of the segment's times, on the system's monotonic clock. */
  readonly epoch: number;
  readonly #blockBytes: number;
  readonly #ringStrideBytes: number;

  private constructor(
    readonly memory: Segment,
    readonly size: PoolSegmentSize,
  ) {
    const placed = placePool(size);
    this.word = placed.word;
    this.byte = placed.byte;
    this.words = memory.words;
    this.bytes = memory.bytes;
    this.epoch = this.bytes.readDoubleLE(POOL_HEADER.byte.epoch);
    this.#blockBytes = blockBytesOf(size);
    this.#ringStrideBytes = ringStrideBytes(size);
  }

  /**
   * Children can be forked when this returns, and be given work after `complete`.
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static create(size: PoolSegmentSize): PoolSegment {
    const placed = placePool(size);
    const memory = Segment.createUnlinked(placed.lengthBytes, placed.byte.rings);
    const { words } = memory;
    words[HEADER.version] = POOL_SEGMENT.version;
    words[HEADER.slotCount] = size.slotCount;
    words[HEADER.orderLength] = size.orderLength;
    words[HEADER.childCount] = size.childCount;
    words[HEADER.claimCount] = size.claimCount;
    words[HEADER.ringBytes] = size.ringBytes;
    words[HEADER.arenaBytes] = size.arenaBytes;
    memory.bytes.writeDoubleLE(monotonicMs(), POOL_HEADER.byte.epoch);
    Atomics.store(words, HEADER.magic, POOL_SEGMENT.magic);
    return new PoolSegment(memory, size);
  }

  /** @throws MprocError `ERR_SEGMENT_CORRUPT`, `ERR_SEGMENT_VERSION` */
  static attach(fd: number, lengthBytes: number): PoolSegment {
    const memory = Segment.map(fd, lengthBytes);
    const { words } = memory;
    if (Atomics.load(words, HEADER.magic) !== POOL_SEGMENT.magic)
      throw new MprocError('ERR_SEGMENT_CORRUPT', `descriptor ${fd} does not hold a pool's segment`);
    if (words[HEADER.version] !== POOL_SEGMENT.version)
      throw new MprocError(
        'ERR_SEGMENT_VERSION',
        `the pool's segment has version ${words[HEADER.version]}, this process reads ${POOL_SEGMENT.version}; use one version of mproc-worker`,
      );
    const size: PoolSegmentSize = {
      slotCount: words[HEADER.slotCount]!,
      orderLength: words[HEADER.orderLength]!,
      childCount: words[HEADER.childCount]!,
      claimCount: words[HEADER.claimCount]!,
      ringBytes: words[HEADER.ringBytes]!,
      arenaBytes: words[HEADER.arenaBytes]!,
    };
    if (Segment.wholePages(placePool(size).lengthBytes) !== lengthBytes)
      throw new MprocError(
        'ERR_SEGMENT_CORRUPT',
        `a pool's segment of ${lengthBytes} bytes does not fit its own table`,
      );
    return new PoolSegment(memory, size);
  }

  /**
   * Child: leaves itself no way to write what others have to rely on. What it writes there by mistake ends it.
   * @throws MprocError `ERR_MEMORY_FULL` when the system refuses
   */
  keepOwnWritable(child: number): void {
    const { memory, byte } = this;
    memory.protect(0, memory.lengthBytes, 'read');
    memory.protect(byte.shared, byte.children, 'write');
    const block = this.blockOf(child) * WORD_BYTES;
    memory.protect(block, block + this.#blockBytes, 'write');
    const ring = this.ringOf(child);
    memory.protect(ring, ring + this.#ringStrideBytes, 'write');
    memory.closeDescriptor();
  }

  /**
   * Reserves what most of the memory is, which takes milliseconds in which children can start, and puts behind the segment
   * what they read there, where there is memory for it: they can do without.
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  complete(behind: Buffer): void {
    this.memory.reserveRest();
    try {
      writeSync(this.memory.fd, behind, 0, behind.length, this.lengthBytes);
    } catch {
      // Part of it is as good as nothing.
    }
  }

  get lengthBytes(): number {
    return this.memory.lengthBytes;
  }

  /** First word of what is told of a child to those who look from outside. */
  recordOf(child: number): number {
    return this.word.processes + child * PROCESS_RECORD.lengthWords;
  }

  /** First word of what a child says of itself. */
  blockOf(child: number): number {
    return this.word.children + child * (this.#blockBytes / WORD_BYTES);
  }

  /** First word of the claims of a child. */
  claimsOf(child: number): number {
    return this.blockOf(child) + CHILD_BLOCK.lengthWords;
  }

  /** First word of what the parent tells a child. */
  inboxOf(child: number): number {
    return this.word.inboxes + child * CHILD_INBOX.lengthWords;
  }

  /** First byte of the results of a child. */
  ringOf(child: number): number {
    return this.byte.rings + child * this.#ringStrideBytes;
  }

  close(): void {
    this.memory.close();
  }
}

/** From the block of one child to that of the next. */
export function blockBytesOf(size: PoolSegmentSize): number {
  return Segment.wholePages(CHILD_BLOCK.lengthBytes + size.claimCount * WORD_BYTES);
}

function ringStrideBytes(size: PoolSegmentSize): number {
  return Segment.wholePages(size.ringBytes);
}

/** Where the parts of a pool's segment are. */
export function placePool(size: PoolSegmentSize) {
  return place(POOL_SEGMENT, {
    ...size,
    blockBytes: blockBytesOf(size),
    ringBytes: ringStrideBytes(size),
    pageBytes: Segment.wholePages(1),
  });
}
