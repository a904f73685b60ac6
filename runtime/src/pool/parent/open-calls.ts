import type { Caller } from './job.js';

/** The calls that are not over. */
export class OpenCalls {
  readonly #callers = new Set<Caller>();
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
    this.#callers.delete(caller);
  }

  /** Does nobody wait for a single answer, but for the last of many? */
  arePatient(): boolean {
    for (const caller of this.#callers) if (!caller.isPatient) return false;
    return true;
  }

  /** Has one of them more to come, though it has no job now? */
  haveMore(): boolean {
    for (const caller of this.#callers) if (caller.holdsOpen) return true;
    return false;
  }

  fail(error: Error): void {
    for (const caller of [...this.#callers]) caller.fail(error);
  }

  clear(): void {
    this.#callers.clear();
  }
}
