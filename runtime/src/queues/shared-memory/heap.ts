import { HEAP_ENTRY, UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';

const ENTRY_WORDS = HEAP_ENTRY.lengthWords;
const ENTRY_FLOATS = HEAP_ENTRY.lengthBytes / 8;
const ORDER = HEAP_ENTRY.byte.order / 8;
const { priority: PRIORITY, unit: UNIT_INDEX } = HEAP_ENTRY.word;

interface Place {
  readonly part: 'ready' | 'timers';
  /** Word of the header that counts the entries. */
  readonly countWord: number;
  /** Units are told where they are, so that they can be removed from the middle. */
  readonly tracksPosition: boolean;
}

/** A binary heap in shared memory: the highest priority first, the lowest order within it. */
export class Heap {
  readonly #memory: QueueMemory;
  readonly #countWord: number;
  readonly #word: number;
  readonly #float: number;
  readonly #tracksPosition: boolean;

  constructor(memory: QueueMemory, { part, countWord, tracksPosition }: Place) {
    this.#memory = memory;
    this.#countWord = countWord;
    this.#word = memory.at.word[part];
    this.#float = memory.at.byte[part] / 8;
    this.#tracksPosition = tracksPosition;
  }

  get count(): number {
    const count = this.#memory.words[this.#countWord]!;
    if (count >= 0 && count <= this.#memory.unitCount) return count;
    throw this.#memory.damage(`a heap of ${count} entries`);
  }

  unitAt(index: number): number {
    return this.#memory.words[this.#word + index * ENTRY_WORDS + UNIT_INDEX]!;
  }

  orderAt(index: number): number {
    return this.#memory.floats[this.#float + index * ENTRY_FLOATS + ORDER]!;
  }

  #priorityAt(index: number): number {
    return this.#memory.words[this.#word + index * ENTRY_WORDS + PRIORITY]!;
  }

  push(unit: number, order: number, priority: number): void {
    const count = this.count;
    if (count >= this.#memory.unitCount) throw this.#memory.damage('a heap is fuller than there are units');
    this.#memory.words[this.#countWord] = count + 1;
    this.#siftUp(count, unit, order, priority);
  }

  /** The unit that comes first, taken out. */
  pop(): number {
    const unit = this.unitAt(0);
    this.removeAt(0);
    return unit;
  }

  removeAt(index: number): void {
    const last = this.count - 1;
    if (!(index >= 0 && index <= last)) throw this.#memory.damage(`a heap has no entry ${index}`);
    this.#memory.words[this.#countWord] = last;
    if (index === last) return;
    const unit = this.unitAt(last);
    const order = this.orderAt(last);
    const priority = this.#priorityAt(last);
    const settled = this.#siftDown(index, last, order, priority);
    this.#siftUp(settled, unit, order, priority);
  }

  clear(): void {
    this.#memory.words[this.#countWord] = 0;
  }

  #before(index: number, order: number, priority: number): boolean {
    const other = this.#priorityAt(index);
    return other === priority ? this.orderAt(index) < order : other > priority;
  }

  #siftUp(from: number, unit: number, order: number, priority: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#before(parent, order, priority)) break;
      this.#write(index, this.unitAt(parent), this.orderAt(parent), this.#priorityAt(parent));
      index = parent;
    }
    this.#write(index, unit, order, priority);
  }

  /** Moves the hole at `index` down past all that come first; returns where it ends. */
  #siftDown(from: number, count: number, order: number, priority: number): number {
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= count) return index;
      if (child + 1 < count && this.#before(child + 1, this.orderAt(child), this.#priorityAt(child)))
        child += 1;
      if (!this.#before(child, order, priority)) return index;
      this.#write(index, this.unitAt(child), this.orderAt(child), this.#priorityAt(child));
      index = child;
    }
  }

  #write(index: number, unit: number, order: number, priority: number): void {
    const { words, floats } = this.#memory;
    floats[this.#float + index * ENTRY_FLOATS + ORDER] = order;
    words[this.#word + index * ENTRY_WORDS + PRIORITY] = priority;
    words[this.#word + index * ENTRY_WORDS + UNIT_INDEX] = unit;
    if (this.#tracksPosition) words[this.#memory.unit(unit) + UNIT.word.timerAt] = index;
  }
}
