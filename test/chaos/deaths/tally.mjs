import { diedAsTold, failpointsOf } from './failpoint-names.mjs';

/** Who died where, and what was wrong. */
export class Tally {
  problems = [];
  deaths = 0;
  #deathsAt;

  constructor(subject) {
    this.#deathsAt = new Map(failpointsOf(subject).map((name) => [name, 0]));
  }

  /** Somebody has died at a failpoint, or elsewhere, and should have as told. */
  died(point, death, exitCode, signal) {
    this.deaths += 1;
    if (this.#deathsAt.has(point)) this.#deathsAt.set(point, this.#deathsAt.get(point) + 1);
    if (!diedAsTold(death, exitCode, signal))
      this.problems.push(`${point}:${death} ended with ${signal ?? exitCode}`);
  }

  summary() {
    const { deaths, problems } = this;
    const counts = [...this.#deathsAt.values()];
    return { failpoints: counts.length, deaths, fewestAtOne: Math.min(...counts), problems };
  }
}
