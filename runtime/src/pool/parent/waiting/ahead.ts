import type { JobSource } from '../../jobs/job-source.js';

interface Left {
  /** When the call came. */
  readonly since: number;
  /** How many of its values no job was made of. */
  values: number;
}

/** Values in arrays of calls that no job was made of yet: for those who look from outside, they wait from the call on. */
export class Ahead {
  /** Of each call that has some, the oldest first. */
  readonly #left = new Map<JobSource, Left>();
  values = 0;

  /** Since when the oldest of them waits; 0 where there are none. */
  get oldest(): number {
    return this.values === 0 ? 0 : this.#left.values().next().value!.since;
  }

  /** A call comes, or comes back. @returns how many values have come with it */
  add(jobSource: JobSource, now: number): number {
    const { total, given } = jobSource;
    if (given > 0 || total === undefined || total === 0 || this.#left.has(jobSource)) return 0;
    this.#left.set(jobSource, { since: now, values: total });
    this.values += total;
    return total;
  }

  /** Jobs were made of so many. The array may have had another length when the call came. */
  taken(jobSource: JobSource, count: number): void {
    const left = count === 0 ? undefined : this.#left.get(jobSource);
    if (left === undefined) return;
    const counted = Math.min(count, left.values);
    left.values -= counted;
    this.values -= counted;
    if (left.values === 0) this.#left.delete(jobSource);
  }

  /** The call is over. */
  remove(jobSource: JobSource): void {
    this.values -= this.#left.get(jobSource)?.values ?? 0;
    this.#left.delete(jobSource);
  }

  clear(): void {
    this.#left.clear();
    this.values = 0;
  }
}
