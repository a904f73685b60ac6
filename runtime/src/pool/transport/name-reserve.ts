/** Enough for the names of two large values. */
const ENTRY_BYTES = 128;

/**
 * A little memory beside the pages, for the names of large values: where waiting jobs fill all pages, the arguments of the next
 * job go into a file of their own, and its name must find room.
 */
export class NameReserve {
  readonly #start: number;
  readonly #free: number[] = [];

  constructor(start: number, count: number) {
    this.#start = start;
    for (let entry = count - 1; entry >= 0; entry -= 1) this.#free.push(entry);
  }

  static bytesFor(count: number): number {
    return count * ENTRY_BYTES;
  }

  /** @returns the entry, which `release` takes back; -1 when there is none, or none so large */
  take(lengthBytes: number): number {
    return lengthBytes > ENTRY_BYTES ? -1 : (this.#free.pop() ?? -1);
  }

  /** In bytes from the start of the segment. */
  placeOf(entry: number): number {
    return this.#start + entry * ENTRY_BYTES;
  }

  release(entry: number): void {
    this.#free.push(entry);
  }
}
