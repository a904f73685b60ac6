/** Up to so many objects, a look at each is faster than a Map of them. */
const LINEAR_LIMIT = 16;

/** Numbers the objects of one value in the order in which they are met, so that none is written twice. */
export class ObjectNumbers {
  count = 0;
  readonly #objects: (object | undefined)[] = [];
  #numbers: Map<object, number> | undefined;

  /** The number of an object that was met before, or -1 for a new one, which gets the next number. */
  numberOf(object: object): number {
    const { count } = this;
    if (this.#numbers) {
      const known = this.#numbers.get(object);
      if (known !== undefined) return known;
      this.#numbers.set(object, count);
    } else {
      for (let i = 0; i < count; i++) if (this.#objects[i] === object) return i;
      if (count === LINEAR_LIMIT) this.#startMap(object);
    }
    this.#objects[count] = object;
    this.count = count + 1;
    return -1;
  }

  /** Forgets the objects that have a number of `from` or more. */
  forget(from: number): void {
    const numbers = this.#numbers;
    if (numbers) for (let i = from; i < this.count; i++) numbers.delete(this.#objects[i]!);
    // The list keeps its room for the next value, but keeps no object alive.
    for (let i = from; i < this.count && i < LINEAR_LIMIT; i++) this.#objects[i] = undefined;
    if (this.count > LINEAR_LIMIT) this.#objects.length = Math.max(from, LINEAR_LIMIT);
    this.count = from;
  }

  forgetAll(): void {
    this.#numbers = undefined;
    this.forget(0);
  }

  #startMap(next: object): void {
    this.#numbers = new Map();
    for (const [index, object] of this.#objects.entries()) this.#numbers.set(object!, index);
    this.#numbers.set(next, LINEAR_LIMIT);
  }
}
