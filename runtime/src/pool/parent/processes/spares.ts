/** So many spares in a row may end before one was needed; then there are none any more. */
const MOST_LOST = 3;

/**
 * Which processes are kept ready and given no jobs, so that one takes the place of a process that dies at once. There are none
 * until a process has died: most pools never need one, and a short program should not start more than it uses.
 */
export class Spares {
  readonly #isSpare: boolean[];
  #areWanted = false;
  #lost = 0;

  /** @param count places for spares, behind those of the processes that do the work */
  constructor(processes: number, count: number) {
    this.#isSpare = Array.from({ length: processes + count }, (_, index) => index >= processes);
  }

  is(index: number): boolean {
    return this.#isSpare[index]!;
  }

  /** Is there to be a process in this place? */
  isWanted(index: number): boolean {
    return !this.#isSpare[index]! || (this.#areWanted && this.#lost < MOST_LOST);
  }

  /** A process that did the work has died. From now on there are spares. */
  want(): void {
    this.#areWanted = true;
  }

  /** The system has refused to make one: it is asked again when another process has died. */
  refused(): void {
    this.#areWanted = false;
  }

  /** A spare has ended by itself. */
  lost(): void {
    this.#lost += 1;
  }

  /** A spare does the work of one that has died, whose place is for the next spare. */
  swap(dead: number, spare: number): void {
    this.#isSpare[dead] = true;
    this.#isSpare[spare] = false;
    this.#lost = 0;
  }
}
