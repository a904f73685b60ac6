/** Puts stretches of time that overlap into lanes in which none do; asked in the order of their starts. */
export class Lanes {
  readonly #freeFrom: number[] = [];

  /** @returns the number of the lane, from 0 */
  place(from: number, until: number): number {
    const free = this.#freeFrom.findIndex((at) => at <= from);
    const lane = free === -1 ? this.#freeFrom.length : free;
    this.#freeFrom[lane] = until;
    return lane;
  }

  get count(): number {
    return this.#freeFrom.length;
  }
}
