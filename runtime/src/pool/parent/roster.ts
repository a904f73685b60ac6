/** What is or was on a `Roster`, one at most. */
export interface Member {
  /** Where it is on the roster; -1 where it is on none. */
  place: number;
}

/**
 * A set without order whose members know their place. Where members come and go, a `Set` leaves one table behind for each time
 * that it grows or is tidied, and each holds the next: one of them that has become old keeps what has been in all that
 * followed, and what that leads to, until V8 cleans up all of its memory.
 */
export class Roster<M extends Member> {
  readonly #members: M[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Does nothing for who is on it. */
  add(member: M): void {
    if (member.place !== -1) return;
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Does nothing for who is not on it. */
  remove(member: M): void {
    const { place } = member;
    if (place === -1) return;
    const last = this.#members.pop()!;
    if (last !== member) {
      this.#members[place] = last;
      last.place = place;
    }
    member.place = -1;
  }

  /** Those that are on it now. */
  all(): M[] {
    return this.#members.slice();
  }

  some(is: (member: M) => boolean): boolean {
    return this.#members.some(is);
  }

  clear(): void {
    for (const member of this.#members) member.place = -1;
    this.#members.length = 0;
  }
}
