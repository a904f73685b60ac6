import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../clock/timers.js';
import type { Job } from './job.js';

/** Entries of jobs that were taken out are cleared away when there are so many, and more than others. */
const MOST_STALE = 64;

interface Entry<T> {
  readonly at: number;
  readonly job: T;
}

/** Jobs, or calls, that wait for a time, as for a back-off to pass, in a heap with one timer. Times are of the monotonic clock. */
export class RetrySchedule<T extends object = Job> {
  /** Entries of jobs that were taken out stay in the heap until they come to its top, or are too many. */
  #heap: Entry<T>[] = [];
  readonly #entries = new Map<T, Entry<T>>();
  readonly #now: () => number;
  readonly #onDue: (jobs: T[]) => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(now: () => number, onDue: (jobs: T[]) => void) {
    this.#now = now;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(job: T, delayMs: number): void {
    if (this.#isClosed) return;
    const entry = { at: this.#now() + delayMs, job };
    this.#entries.set(job, entry);
    this.#push(entry);
    if (this.#heap[0] === entry) this.#arm();
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= heap[at]!.at) break;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
  }

  /** Takes a job out; `false` when it was not there. */
  remove(job: T): boolean {
    if (!this.#entries.delete(job)) return false;
    const wasFirst = this.#heap[0]?.job === job;
    if (this.#heap.length - this.#entries.size > Math.max(MOST_STALE, this.#entries.size)) this.#clearAway();
    if (wasFirst) this.#arm();
    return true;
  }

  #clearAway(): void {
    this.#heap = [];
    for (const entry of this.#entries.values()) this.#push(entry);
  }

  jobs(): T[] {
    return [...this.#entries.keys()];
  }

  clear(): T[] {
    clearTimeout(this.#timer);
    const jobs = this.jobs();
    this.#entries.clear();
    this.#heap = [];
    return jobs;
  }

  /** Nothing waits here any more, whoever asks for it. */
  close(): void {
    this.#isClosed = true;
    this.clear();
  }

  /** The earliest entry whose job was not taken out. */
  #first(): Entry<T> | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#entries.get(first.job) === first) return first;
      this.#pop();
    }
    return undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#first();
    if (first === undefined) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(first.at - this.#now())), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#fire(), waitMs);
  }

  #fire(): void {
    const due: T[] = [];
    for (let first = this.#first(); first !== undefined && first.at <= this.#now(); first = this.#first()) {
      this.#entries.delete(first.job);
      due.push(first.job);
    }
    this.#arm();
    if (due.length > 0) this.#onDue(due);
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && heap[right]!.at < heap[left]!.at ? right : left;
      if (heap[at]!.at <= heap[child]!.at) break;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }
}
