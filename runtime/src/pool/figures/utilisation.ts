/** A shorter time says little, in milliseconds. */
const SHORTEST_MS = 1_000;

/** Which share of what processes could do they have done lately. */
export class Utilisation {
  #since = { busyMs: 0, possibleMs: 0, at: 0 };

  /**
   * @param possibleMs how long all processes together could have run jobs until now
   * @returns from 0 to 1, since it was asked last; if that is less than a second ago, since it was asked before
   */
  read(busyMs: number, possibleMs: number, at: number): number {
    const since = this.#since;
    if (at - since.at >= SHORTEST_MS) this.#since = { busyMs, possibleMs, at };
    const possible = possibleMs - since.possibleMs;
    return possible <= 0 ? 0 : Math.min(1, Math.max(0, (busyMs - since.busyMs) / possible));
  }
}
