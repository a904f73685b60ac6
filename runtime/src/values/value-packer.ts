import { ValueError } from '../errors/index.js';
import type { Lend } from './lent.js';
import { mustBeWhole, type Packed, packedOf } from './packed.js';
import { MOST_BYTES, tooLong } from './size-limit.js';
import { ValueWriter } from './value-writer.js';

const FIRST_LENGTH_BYTES = 64 * 1024;
/** A buffer that has grown beyond this is left to whoever got it. */
const KEPT_LENGTH_BYTES = 1024 * 1024;

/** Packs into a buffer of its own, which it uses again, or into one that it is given. */
export class ValuePacker extends ValueWriter {
  #own: Buffer = Buffer.allocUnsafeSlow(FIRST_LENGTH_BYTES);

  pack(value: unknown, root: string, lenient: boolean): Uint8Array {
    this.#use(this.#own, 0, this.#own.length, true);
    const end = this.run(value, root, lenient);
    const packed = this.buffer.subarray(0, end);
    if (this.buffer.length <= KEPT_LENGTH_BYTES) this.#own = this.buffer;
    return packed;
  }

  /** Leaves long runs of bytes where they are. */
  packApart(value: unknown, root: string, lend?: Lend): Packed {
    this.lend = lend;
    this.runs = [];
    try {
      const body = this.pack(value, root, false);
      const packed = mustBeWhole(packedOf(body, this.runs), root);
      if (packed.lengthBytes > MOST_BYTES) throw new ValueError(root, tooLong(packed.lengthBytes));
      return packed;
    } finally {
      this.runs = undefined;
    }
  }

  packInto(
    target: Buffer,
    offset: number,
    end: number,
    value: unknown,
    root: string,
    lend: Lend | undefined,
  ): number {
    this.lend = lend;
    this.#use(target, offset, end, false);
    const packedTo = this.run(value, root, false);
    return packedTo < 0 ? -1 : packedTo - offset;
  }

  #use(buffer: Buffer, start: number, end: number, growable: boolean): void {
    this.useBuffer(buffer);
    this.position = start;
    this.end = end;
    this.growable = growable;
  }
}
