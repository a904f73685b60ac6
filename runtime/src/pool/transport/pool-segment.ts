import { writeSync } from 'node:fs';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { MprocError } from '../../errors/errors.js';
import { place } from '../../layout/layout.js';
import { Segment } from '../../segment/segment.js';
import { POOL_HEADER, POOL_SEGMENT } from './layout.js';

export interface PoolSegmentSize {
  readonly slotCount: number;
  readonly orderLength: number;
  readonly childCount: number;
  readonly ringBytes: number;
  readonly arenaBytes: number;
}

const HEADER = POOL_HEADER.word;

/** A pool's segment with the places of its parts. */
export class PoolSegment {
  readonly word: Readonly<Record<keyof typeof POOL_SEGMENT.parts, number>>;
  readonly byte: Readonly<Record<keyof typeof POOL_SEGMENT.parts, number>>;
  readonly words: Int32Array;
  readonly bytes: Buffer;
  /** Zero of the segment's times, on the system's monotonic clock. */
  readonly epoch: number;

  private constructor(
    readonly memory: Segment,
    readonly size: PoolSegmentSize,
  ) {
    const placed = placeParts(size);
    this.word = placed.word;
    this.byte = placed.byte;
    this.words = memory.words;
    this.bytes = memory.bytes;
    this.epoch = this.bytes.readDoubleLE(POOL_HEADER.byte.epoch);
  }

  /**
   * Children can be forked when this returns, and be given work after `complete`.
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static create(size: PoolSegmentSize): PoolSegment {
    const placed = placeParts(size);
    const memory = Segment.createUnlinked(placed.lengthBytes, placed.byte.rings);
    const { words } = memory;
    words[HEADER.version] = POOL_SEGMENT.version;
    words[HEADER.slotCount] = size.slotCount;
    words[HEADER.orderLength] = size.orderLength;
    words[HEADER.childCount] = size.childCount;
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
      ringBytes: words[HEADER.ringBytes]!,
      arenaBytes: words[HEADER.arenaBytes]!,
    };
    if (Segment.wholePages(placeParts(size).lengthBytes) !== lengthBytes)
      throw new MprocError(
        'ERR_SEGMENT_CORRUPT',
        `a pool's segment of ${lengthBytes} bytes does not fit its own table`,
      );
    return new PoolSegment(memory, size);
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

  close(): void {
    this.memory.close();
  }
}

function placeParts(size: PoolSegmentSize) {
  return place(POOL_SEGMENT, { ...size, ringsBytes: size.ringBytes * size.childCount });
}
