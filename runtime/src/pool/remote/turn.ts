/**
 * Where a job stands among those that its host has reserved: they go in line in that order, which is the engine's by priority,
 * though one is looked at longer than another before it may run.
 */
export class Turn {
  #before: Turn | undefined;
  isOver = false;
  #over: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  constructor(before: Turn | undefined) {
    this.#before = before;
  }

  /** Has each job before it gone in line, or away? */
  get isNow(): boolean {
    this.#letGoOfEarlier();
    return this.#before === undefined;
  }

  /** Those that have had their turn are not kept. */
  #letGoOfEarlier(): void {
    while (this.#before?.isOver) this.#before = this.#before.#before;
  }

  /** Resolves when it is. */
  async come(): Promise<void> {
    while (!this.isNow) await this.#before!.#whenOver();
  }

  #whenOver(): Promise<void> {
    this.#over ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.#over;
  }

  /** The job has gone in line, or away. */
  end(): void {
    this.isOver = true;
    this.#resolve?.();
    this.#letGoOfEarlier();
  }
}
