/** What is or was in an `IndexedSet`, one at most. */
export interface SetMember {
  /** Where it is in the set; -1 where it is in none. */
  place: number;
}

/**
 * A set without order whose members know their place. Where members come and go, a `Set` leaves one table behind for each time
 * that it grows or is tidied, and each holds the next: one of them that has become old keeps what has been in all that
 * followed, and what that leads to, until V8 cleans up all of its memory.
 */
export class IndexedSet<M extends SetMember> {
  readonly #members: M[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Does nothing for who is in it. */
  add(member: M): void {
    if (member.place !== -1) return;
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Does nothing for who is not in it. */
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

  /** Those that are in it now. */
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
