import type { Caller } from './job.js';
import { Roster } from './roster.js';

/** The calls that are not over. */
export class OpenCalls {
  readonly #callers = new Roster<Caller>();
  #numbers = 0;

  /** A number that no other call of this pool has. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  add(caller: Caller): void {
    this.#callers.add(caller);
  }

  remove(caller: Caller): void {
    this.#callers.remove(caller);
  }

  /** Does nobody wait for a single answer, but for the last of many? */
  arePatient(): boolean {
    return !this.#callers.some((caller) => !caller.isPatient);
  }

  /** Has one of them more to come, though it has no job now? */
  haveMore(): boolean {
    return this.#callers.some((caller) => caller.holdsOpen === true);
  }

  fail(error: Error): void {
    for (const caller of this.#callers.all()) caller.fail(error);
  }

  clear(): void {
    this.#callers.clear();
  }
}
