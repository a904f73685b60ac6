/** Enough for the names of two parcels. */
const CELL_BYTES = 128;

/**
 * A little memory beside the pages, for the names of parcels: where waiting jobs fill all pages, the arguments of the next
 * job go into a parcel, and its name must find room.
 */
export class SpareCells {
  readonly #start: number;
  readonly #free: number[] = [];

  constructor(start: number, count: number) {
    this.#start = start;
    for (let cell = count - 1; cell >= 0; cell -= 1) this.#free.push(cell);
  }

  static bytesFor(count: number): number {
    return count * CELL_BYTES;
  }

  /** @returns the cell, which `release` takes back; -1 when there is none, or none so large */
  take(lengthBytes: number): number {
    return lengthBytes > CELL_BYTES ? -1 : (this.#free.pop() ?? -1);
  }

  /** In bytes from the start of the segment. */
  placeOf(cell: number): number {
    return this.#start + cell * CELL_BYTES;
  }

  release(cell: number): void {
    this.#free.push(cell);
  }
}
