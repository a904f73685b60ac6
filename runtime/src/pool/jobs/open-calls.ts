import { IndexedSet } from '../collections/indexed-set.js';
import { NumberTable } from '../collections/number-table.js';
import type { Caller } from './caller.js';
import type { Job } from './job.js';

/** The calls that are not over. */
export class OpenCalls {
  readonly #callers = new IndexedSet<Caller>();
  /** Those of them whose jobs can be found. */
  readonly #byNumber = new NumberTable<Caller>((caller) => caller.number);
  /** Those of them that have somebody wait for single answers. */
  #impatient = 0;
  #numbers = 0;

  /** A number that no other call of this pool has. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** @param canBeFound whether its jobs are this pool's own to find and to stop */
  add(caller: Caller, canBeFound: boolean): void {
    if (caller.place !== -1) return;
    this.#callers.add(caller);
    if (canBeFound) this.#byNumber.add(caller);
    if (!caller.isPatient) this.#impatient += 1;
  }

  remove(caller: Caller): void {
    if (caller.place === -1) return;
    this.#callers.remove(caller);
    this.#byNumber.remove(caller);
    if (!caller.isPatient) this.#impatient -= 1;
  }

  /** Those of their jobs that somebody outside is told of. */
  toldJobs(): Job[] {
    return this.#callers
      .all()
      .flatMap((caller) => caller.openJobs().filter((job) => job.message !== undefined));
  }

  withNumber(number: number): Caller | undefined {
    return this.#byNumber.get(number);
  }

  /** Does nobody wait for a single answer, but for the last of many? */
  arePatient(): boolean {
    return this.#impatient === 0;
  }

  /** Has one of them more to come, though it has no job now? */
  haveMore(): boolean {
    return this.#callers.some((caller) => caller.holdsOpen === true);
  }

  fail(error: Error): void {
    for (const caller of this.#callers.all()) caller.fail(error);
  }

  /** Ends all of them: those that can give what is done do. */
  giveRest(error: Error): void {
    for (const caller of this.#callers.all())
      if (caller.giveRest === undefined) caller.fail(error);
      else caller.giveRest(error);
  }

  clear(): void {
    for (const caller of this.#callers.all()) this.remove(caller);
  }
}
