import { CELL, HEAP_ENTRY } from './layout.js';
import type { QueueSegment } from './queue-segment.js';

const ENTRY_WORDS = HEAP_ENTRY.lengthWords;
const ENTRY_FLOATS = HEAP_ENTRY.lengthBytes / 8;
const ORDER = HEAP_ENTRY.byte.order / 8;
const { priority: PRIORITY, cell: CELL_INDEX } = HEAP_ENTRY.word;

interface Place {
  readonly part: 'ready' | 'timers';
  /** Word of the header that counts the entries. */
  readonly countWord: number;
  /** Cells are told where they are, so that they can be removed from the middle. */
  readonly tracksPosition: boolean;
}

/** A binary heap in shared memory: the highest priority first, the lowest order within it. */
export class Heap {
  readonly #segment: QueueSegment;
  readonly #countWord: number;
  readonly #word: number;
  readonly #float: number;
  readonly #tracksPosition: boolean;

  constructor(segment: QueueSegment, { part, countWord, tracksPosition }: Place) {
    this.#segment = segment;
    this.#countWord = countWord;
    this.#word = segment.at.word[part];
    this.#float = segment.at.byte[part] / 8;
    this.#tracksPosition = tracksPosition;
  }

  get count(): number {
    const count = this.#segment.words[this.#countWord]!;
    if (count >= 0 && count <= this.#segment.cellCount) return count;
    throw this.#segment.damage(`a heap of ${count} entries`);
  }

  cellAt(index: number): number {
    return this.#segment.words[this.#word + index * ENTRY_WORDS + CELL_INDEX]!;
  }

  orderAt(index: number): number {
    return this.#segment.floats[this.#float + index * ENTRY_FLOATS + ORDER]!;
  }

  #priorityAt(index: number): number {
    return this.#segment.words[this.#word + index * ENTRY_WORDS + PRIORITY]!;
  }

  push(cell: number, order: number, priority: number): void {
    const count = this.count;
    if (count >= this.#segment.cellCount) throw this.#segment.damage('a heap is fuller than there are cells');
    this.#segment.words[this.#countWord] = count + 1;
    this.#siftUp(count, cell, order, priority);
  }

  /** The cell that comes first, taken out. */
  pop(): number {
    const cell = this.cellAt(0);
    this.removeAt(0);
    return cell;
  }

  removeAt(index: number): void {
    const last = this.count - 1;
    if (!(index >= 0 && index <= last)) throw this.#segment.damage(`a heap has no entry ${index}`);
    this.#segment.words[this.#countWord] = last;
    if (index === last) return;
    const cell = this.cellAt(last);
    const order = this.orderAt(last);
    const priority = this.#priorityAt(last);
    const settled = this.#siftDown(index, last, order, priority);
    this.#siftUp(settled, cell, order, priority);
  }

  clear(): void {
    this.#segment.words[this.#countWord] = 0;
  }

  #before(index: number, order: number, priority: number): boolean {
    const other = this.#priorityAt(index);
    return other === priority ? this.orderAt(index) < order : other > priority;
  }

  #siftUp(from: number, cell: number, order: number, priority: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#before(parent, order, priority)) break;
      this.#write(index, this.cellAt(parent), this.orderAt(parent), this.#priorityAt(parent));
      index = parent;
    }
    this.#write(index, cell, order, priority);
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
      this.#write(index, this.cellAt(child), this.orderAt(child), this.#priorityAt(child));
      index = child;
    }
  }

  #write(index: number, cell: number, order: number, priority: number): void {
    const { words, floats } = this.#segment;
    floats[this.#float + index * ENTRY_FLOATS + ORDER] = order;
    words[this.#word + index * ENTRY_WORDS + PRIORITY] = priority;
    words[this.#word + index * ENTRY_WORDS + CELL_INDEX] = cell;
    if (this.#tracksPosition) words[this.#segment.cell(cell) + CELL.word.timerAt] = index;
  }
}
