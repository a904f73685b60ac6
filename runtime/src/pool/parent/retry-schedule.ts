import type { Job } from './job.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Entry {
  readonly at: number;
  readonly job: Job;
}

/** Jobs that wait for their back-off to pass, in a heap with one timer. Times are of the monotonic clock. */
export class RetrySchedule {
  readonly #heap: Entry[] = [];
  readonly #now: () => number;
  readonly #onDue: (jobs: Job[]) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, onDue: (jobs: Job[]) => void) {
    this.#now = now;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(job: Job, delayMs: number): void {
    const heap = this.#heap;
    heap.push({ at: this.#now() + delayMs, job });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= heap[at]!.at) break;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
    this.#arm();
  }

  /** Takes a job out; `false` when it was not there. */
  remove(job: Job): boolean {
    const at = this.#heap.findIndex((entry) => entry.job === job);
    if (at === -1) return false;
    const rest = this.#heap.filter((entry) => entry.job !== job);
    this.#heap.length = 0;
    for (const entry of rest.sort((a, b) => a.at - b.at)) this.#heap.push(entry);
    this.#arm();
    return true;
  }

  jobs(): Job[] {
    return this.#heap.map((entry) => entry.job);
  }

  clear(): Job[] {
    clearTimeout(this.#timer);
    return this.#heap.splice(0).map((entry) => entry.job);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#heap[0];
    if (first === undefined) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(first.at - this.#now())), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#fire(), waitMs);
  }

  #fire(): void {
    const due: Job[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.at <= this.#now()) due.push(this.#pop());
    this.#arm();
    if (due.length > 0) this.#onDue(due);
  }

  #pop(): Job {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first.job;
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
    return first.job;
  }
}
