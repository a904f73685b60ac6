/** The last of what there was, and no more. */
export class Ring<T> {
  readonly #most: number;
  #all: T[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  push(...values: readonly T[]): void {
    this.#all.push(...values);
    // Now and then, so that each value is moved about once.
    if (this.#all.length > 2 * this.#most) this.#all = this.#all.slice(-this.#most);
  }

  get values(): readonly T[] {
    return this.#all.slice(-this.#most);
  }
}
