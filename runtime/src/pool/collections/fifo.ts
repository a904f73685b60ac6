/** First in, first out, without moving what waits. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  items(): T[] {
    return this.#items.slice(this.#head) as T[];
  }

  /** Lets go of what is not wanted any more. */
  keepOnly(isWanted: (item: T) => boolean): void {
    this.#items = this.items().filter(isWanted);
    this.#head = 0;
  }

  clear(): T[] {
    const rest = this.items();
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
