/** Work that may wait here for a process, in milliseconds of each that the pool has. */
const AHEAD_MS = 25;
/** Jobs that may wait for one process, however quick they are. */
const MOST_AHEAD = 256;
/** How much the last job counts in the mean. */
const WEIGHT = 0.2;

/**
 * How many jobs this host may have reserved, of all classes together: as many as it runs at once, and of quick ones some more,
 * so that no process waits for the engine. What is reserved and cannot begin keeps other hosts from running it.
 */
export class LookAhead {
  /** Jobs that run at once. */
  readonly #slots: number;
  /** What the jobs of a class take, in milliseconds. */
  readonly #means = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #held = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Are there jobs that no process can have begun? */
  get isAhead(): boolean {
    return this.#held > this.#slots;
  }

  /** How many jobs of a class may be reserved now; none are looked ahead for before one was measured. */
  roomFor(name: string): number {
    const mean = this.#means.get(name);
    const ahead = mean === undefined ? 0 : Math.min(MOST_AHEAD, Math.floor(AHEAD_MS / mean));
    return Math.max(0, this.#slots * (1 + ahead) - this.#held);
  }

  hold(count: number): void {
    this.#held += count;
  }

  release(): void {
    this.#held -= 1;
    this.wake();
  }

  /** A job of the class has run so long, or runs already. */
  measured(name: string, runMs: number): void {
    const mean = this.#means.get(name) ?? runMs;
    this.#means.set(name, mean + (runMs - mean) * WEIGHT);
  }

  /** No job that waits can begin soon. */
  isBusyFor(name: string, ms: number): void {
    this.#means.set(name, Math.max(ms, this.#means.get(name) ?? 0));
  }

  /** Resolves when there may be room. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
