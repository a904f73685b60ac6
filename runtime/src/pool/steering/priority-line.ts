/** What waits for its turn: the higher the priority the sooner, and of the same priority in the order in which it came. */
export class PriorityLine<T extends object> {
  readonly #heap: Entry<T>[] = [];
  /** The place of each in the order in which they came; kept for what comes back. */
  readonly #cameAs = new WeakMap<T, number>();
  #came = 0;
  readonly #present = new Set<T>();

  get size(): number {
    return this.#heap.length;
  }

  /** What is next. */
  get first(): T | undefined {
    return this.#heap[0]?.item;
  }

  /** The priority of what is next. */
  get priority(): number {
    return this.#heap[0]?.priority ?? Number.NEGATIVE_INFINITY;
  }

  items(): T[] {
    return this.#heap.map(({ item }) => item);
  }

  /** One that has been here before has the place that it had; one that is here stays where it is. */
  add(item: T, priority: number): void {
    if (this.#present.has(item)) return;
    this.#present.add(item);
    const cameAs = this.#cameAs.get(item) ?? this.#came++;
    this.#cameAs.set(item, cameAs);
    const heap = this.#heap;
    const entry = { item, priority, cameAs };
    heap.push(entry);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      [heap[parent], heap[at]] = [entry, heap[parent]!];
      at = parent;
    }
  }

  /** Takes out what is next. */
  shift(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first !== undefined) this.#present.delete(first.item);
    if (first === undefined || last === undefined || first === last) return first?.item;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[child]!, last)) break;
      [heap[at], heap[child]] = [heap[child]!, last];
      at = child;
    }
    return first.item;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#present.clear();
  }
}

interface Entry<T> {
  readonly item: T;
  readonly priority: number;
  readonly cameAs: number;
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.priority === other.priority ? one.cameAs < other.cameAs : one.priority > other.priority;
}
