import { diedAsTold, failpointsOf } from './failpoint-names.js';

export interface Summary {
  readonly failpoints: number;
  readonly deaths: number;
  readonly fewestAtOne: number;
  readonly problems: readonly string[];
}

/** Who died where, and what was wrong. */
export class Tally {
  readonly problems: string[] = [];
  deaths = 0;
  readonly #deathsAt: Map<string, number>;

  constructor(subject: 'queue' | 'pool') {
    this.#deathsAt = new Map(failpointsOf(subject).map((name) => [name, 0]));
  }

  /** Somebody has died at a failpoint, or elsewhere, and should have as told. */
  died(
    point: string,
    death: string,
    exitCode: number | null,
    signal: NodeJS.Signals | null | undefined,
  ): void {
    this.deaths += 1;
    const before = this.#deathsAt.get(point);
    if (before !== undefined) this.#deathsAt.set(point, before + 1);
    if (!diedAsTold(death, exitCode, signal))
      this.problems.push(`${point}:${death} ended with ${signal ?? exitCode}`);
  }

  summary(): Summary {
    const { deaths, problems } = this;
    const counts = [...this.#deathsAt.values()];
    return { failpoints: counts.length, deaths, fewestAtOne: Math.min(...counts), problems };
  }
}
