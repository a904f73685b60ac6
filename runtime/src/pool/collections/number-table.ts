/** What is in a `NumberTable`, in one at most. */
export interface TableMember<M> {
  /** The next member with the same place in the table. */
  nextInTable: M | undefined;
}

const FIRST_LENGTH = 16;

/**
 * Finds members by a number that each has to itself. They are linked to each other, so that one that comes and goes leaves
 * nothing behind, as a `Map` would (see `IndexedSet`).
 */
export class NumberTable<M extends TableMember<M>> {
  readonly #numberOf: (member: M) => number;
  #places: (M | undefined)[] = [];
  size = 0;

  constructor(numberOf: (member: M) => number) {
    this.#numberOf = numberOf;
  }

  /** @param member one that is in no table */
  add(member: M): void {
    if (this.size >= this.#places.length) this.#grow();
    this.size += 1;
    this.#put(member);
  }

  #put(member: M): void {
    const place = this.#placeOf(this.#numberOf(member));
    member.nextInTable = this.#places[place];
    this.#places[place] = member;
  }

  /** Numbers follow each other, so that their last bits spread them well; they may have more than 32. */
  #placeOf(number: number): number {
    return number % this.#places.length;
  }

  get(number: number): M | undefined {
    if (this.size === 0) return undefined;
    let member = this.#places[this.#placeOf(number)];
    while (member !== undefined && this.#numberOf(member) !== number) member = member.nextInTable;
    return member;
  }

  /** Does nothing for one that is not in it. */
  remove(member: M): void {
    if (this.size === 0) return;
    const place = this.#placeOf(this.#numberOf(member));
    let before: M | undefined;
    let at = this.#places[place];
    while (at !== undefined && at !== member) {
      before = at;
      at = at.nextInTable;
    }
    if (at === undefined) return;
    if (before === undefined) this.#places[place] = member.nextInTable;
    else before.nextInTable = member.nextInTable;
    member.nextInTable = undefined;
    this.size -= 1;
  }

  /** Those that are in it now. */
  all(): M[] {
    const members: M[] = [];
    if (this.size === 0) return members;
    for (let member of this.#places)
      for (; member !== undefined; member = member.nextInTable) members.push(member);
    return members;
  }

  clear(): void {
    for (const member of this.all()) this.remove(member);
  }

  #grow(): void {
    const members = this.all();
    this.#places = new Array(Math.max(FIRST_LENGTH, 2 * this.#places.length)).fill(undefined);
    for (const member of members) this.#put(member);
  }
}
