import { MprocError, QueueClosedError } from '../../errors/errors.js';
import { type Placed, place } from '../../layout/layout.js';
import type { Segment } from '../../segment/segment.js';
import { CELL, HEADER, QUEUE_SEGMENT } from './layout.js';

const H = HEADER.word;

/** What was found in the segment does not fit together; a repair may help. */
export class DamageError extends MprocError {
  constructor(queue: string, problem: string) {
    super(
      'ERR_SEGMENT_CORRUPT',
      `queue ${queue}: ${problem}; the shared memory was written by something else. Destroy the queue if it stays so`,
    );
  }
}

type PartName = keyof (typeof QUEUE_SEGMENT)['parts'];

/** The mapped segment of a queue, with the offsets of its parts. */
export class QueueSegment {
  words: Int32Array;
  floats: Float64Array;
  bytes: Buffer;
  readonly at: Placed<PartName>;
  readonly cellCount: number;
  readonly identity: number;
  /** Tells whether a name still leads to this segment. */
  readonly inode: number;
  readonly #idPrefix: string;

  /** @throws MprocError `ERR_SYSTEM` */
  constructor(
    readonly mapping: Segment,
    readonly name: string,
  ) {
    this.words = mapping.words;
    this.floats = new Float64Array(mapping.words.buffer, 0, Math.floor(mapping.lengthBytes / 8));
    this.bytes = mapping.bytes;
    this.cellCount = this.words[H.cellCount]!;
    this.identity = this.words[H.identity]! >>> 0;
    this.#idPrefix = `${this.identity.toString(36)}-`;
    this.inode = mapping.inode;
    this.at = place(QUEUE_SEGMENT, { cellCount: this.cellCount });
  }

  /** Index of a cell's first word. @throws DamageError when there is no such cell */
  cell(index: number): number {
    if (index >= 0 && index < this.cellCount) return this.at.word.cells + index * CELL.lengthWords;
    throw this.damage(`cell ${index} of ${this.cellCount} does not exist`);
  }

  damage(problem: string): DamageError {
    return new DamageError(this.name, problem);
  }

  /** From now on nothing of the segment can be touched. */
  detach(): void {
    this.words = new Int32Array(0);
    this.floats = new Float64Array(0);
    this.bytes = Buffer.alloc(0);
    this.mapping.close();
  }

  assertAttached(): void {
    if (this.words.length === 0) throw new QueueClosedError(this.name);
  }

  get destroyed(): boolean {
    return Atomics.load(this.words, H.destroyed) === 1;
  }

  idOf(sequence: number): string {
    return `${this.#idPrefix}${sequence}`;
  }

  /** The next of a counter that never repeats. Exact far beyond 2^32. */
  nextNumber(field: 'nextSequence' | 'nextToken'): number {
    const at = HEADER.byte[field] / 8;
    const number = this.floats[at]!;
    if (!Number.isSafeInteger(number) || number < 1) throw this.damage(`\`${field}\` is ${number}`);
    this.floats[at] = number + 1;
    return number;
  }
}

/** How many cells fit into so many bytes. */
export function cellCountFor(memoryBytes: number): number {
  const fixed = place(QUEUE_SEGMENT, { cellCount: 0 }).lengthBytes;
  const perCell = (place(QUEUE_SEGMENT, { cellCount: 1024 }).lengthBytes - fixed) / 1024;
  // Parts begin at multiples of their alignment, which may cost up to a line each.
  return Math.floor((memoryBytes - fixed - 512) / perCell);
}
