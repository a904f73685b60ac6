import type { Random } from '../random.js';
import type { Report } from '../report.js';

export type InsideOperation = 'stats' | 'run' | 'map' | 'cancel' | 'abort' | 'close' | 'destroy';

/** Callbacks that use the pool themselves, which is where its own state is half-changed. */
export class Reentry {
  #depth = 0;
  #left = 40;
  #calls = 0;

  constructor(
    readonly random: Random,
    readonly probability: number,
    readonly endsInside: number,
    readonly report: Report,
    readonly act: (operation: InsideOperation, random: Random) => void,
  ) {}

  /** Called at the begin of every callback. */
  readonly at = (where: string): void => {
    if (this.probability === 0 || this.#left === 0 || this.#depth > 2) return;
    this.#calls += 1;
    const random = this.random.derive(`${where} ${this.#calls}`);
    if (!random.chance(this.probability)) return;
    this.#left -= 1;
    const ends = this.endsInside / 2;
    const operation = random.weighted<InsideOperation>({
      stats: 1,
      run: 4,
      map: 1,
      cancel: 3,
      abort: 2,
      close: ends,
      destroy: ends,
    });
    this.report.did(`inside ${where}: ${operation}`);
    this.report.count('inside callbacks');
    this.#depth += 1;
    try {
      this.act(operation, random);
    } finally {
      this.#depth -= 1;
    }
  };
}
