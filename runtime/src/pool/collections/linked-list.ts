/** What is in a `LinkedList`, in one at most. */
export interface ListMember<M> {
  previousInList: M | undefined;
  nextInList: M | undefined;
  isInList: boolean;
}

/** A line whose members know their neighbours: to add one, or to take one out of the middle, costs the same however long it is. */
export class LinkedList<M extends ListMember<M>> {
  #first: M | undefined;
  #last: M | undefined;
  size = 0;

  get first(): M | undefined {
    return this.#first;
  }

  /** Adds it at the end; does nothing for one that is listed. */
  push(member: M): void {
    if (member.isInList) return;
    member.isInList = true;
    member.previousInList = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.nextInList = member;
    this.#last = member;
    this.size += 1;
  }

  /** Adds it at the front; does nothing for one that is listed. */
  unshift(member: M): void {
    if (member.isInList) return;
    member.isInList = true;
    member.nextInList = this.#first;
    if (this.#first === undefined) this.#last = member;
    else this.#first.previousInList = member;
    this.#first = member;
    this.size += 1;
  }

  /** Does nothing for one that is not listed. */
  remove(member: M): void {
    if (!member.isInList) return;
    const { previousInList: previous, nextInList: next } = member;
    if (previous === undefined) this.#first = next;
    else previous.nextInList = next;
    if (next === undefined) this.#last = previous;
    else next.previousInList = previous;
    member.previousInList = undefined;
    member.nextInList = undefined;
    member.isInList = false;
    this.size -= 1;
  }

  shift(): M | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Those that are in it now, in order. */
  all(): M[] {
    const members: M[] = [];
    for (let member = this.#first; member !== undefined; member = member.nextInList) members.push(member);
    return members;
  }

  /** Takes all out, and gives them in order. */
  clear(): M[] {
    const members = this.all();
    for (const member of members) this.remove(member);
    return members;
  }
}
