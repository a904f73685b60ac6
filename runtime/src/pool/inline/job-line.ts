import type { WorkerClass } from '../../worker/worker.js';
import { within } from '../calls/caller-context.js';
import { Fifo } from '../collections/fifo.js';
import { LinkedList } from '../collections/linked-list.js';
import type { Job } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';
import { PausedClasses } from '../jobs/paused-classes.js';
import { Lane } from '../transport/job-slots.js';

/** Jobs in the order in which they are to begin: retries at once, then those that wait, then what calls have to give. */
export class JobLine {
  #urgent = new Fifo<Job>();
  #waiting = new Fifo<Job>();
  readonly #sources = new LinkedList<JobSource>();
  readonly #kept = new PausedClasses();

  /** Takes a job out that waits. */
  takeOut(job: Job): boolean {
    const { size } = this;
    for (const line of [this.#urgent, this.#waiting]) line.keepOnly((one) => one !== job);
    return this.size < size;
  }

  addUrgent(job: Job): void {
    this.#add(job, Lane.Urgent);
  }

  add(job: Job): void {
    this.#add(job, Lane.Usual);
  }

  #add(job: Job, lane: Lane): void {
    if (this.#kept.has(job)) this.#kept.keep(job, lane);
    else (lane === Lane.Urgent ? this.#urgent : this.#waiting).push(job);
  }

  addSource(source: JobSource): void {
    if (this.#kept.has(source)) this.#kept.keepSource(source);
    else this.#sources.push(source);
  }

  isPaused(job: Job): boolean {
    return this.#kept.has(job);
  }

  /** What is not kept from beginning, about. */
  get mayBegin(): number {
    return this.#urgent.size + this.#waiting.size + (this.#sources.first === undefined ? 0 : 1);
  }

  get pausedClasses(): string[] {
    return this.#kept.names;
  }

  /** What waits of a class is kept out of the line. */
  pause(workerClass: WorkerClass): void {
    this.#kept.pause(workerClass);
    for (const job of this.#urgent.clear()) this.addUrgent(job);
    for (const job of this.#waiting.clear()) this.add(job);
    for (const source of this.#sources.clear()) this.addSource(source);
  }

  /** @param again takes those that have a line of their own, and says so */
  resume(workerClass: WorkerClass, again: (job: Job) => boolean): void {
    const { jobs, sources } = this.#kept.resume(workerClass);
    for (const { job, lane } of jobs) if (!job.answered && !again(job)) this.#add(job, lane);
    for (const source of sources) this.#sources.push(source);
  }

  removeSource(source: JobSource): void {
    this.#kept.removeSource(source);
    this.#sources.remove(source);
  }

  /** Jobs that wait; values of calls that no job was made of yet are not among them. */
  get size(): number {
    return this.#urgent.size + this.#waiting.size + this.#kept.waiting;
  }

  /** Since when the oldest waits. */
  get oldestAt(): number | undefined {
    const [first, second] = [this.#urgent.peek()?.queuedAt, this.#waiting.peek()?.queuedAt];
    return first === undefined || second === undefined ? (first ?? second) : Math.min(first, second);
  }

  /** Are there calls that were not asked since they said that they may have jobs? */
  get hasSources(): boolean {
    return this.#sources.first !== undefined || this.#kept.hasSources;
  }

  next(): Job | undefined {
    for (const line of [this.#urgent, this.#waiting])
      for (let job = line.shift(); job !== undefined; job = line.shift()) if (!job.answered) return job;
    for (let source = this.#sources.shift(); source !== undefined; source = this.#sources.shift()) {
      const from = source;
      const job = within(from.inContext, () => from.nextJob());
      if (job !== undefined && !from.isDone) this.addSource(from);
      // Its input may have asked for the pause.
      if (job !== undefined && this.#kept.has(job)) this.#kept.keep(job, Lane.Usual);
      else if (job !== undefined) return job;
    }
    return undefined;
  }

  clear(): void {
    this.#urgent = new Fifo();
    this.#waiting = new Fifo();
    this.#sources.clear();
    this.#kept.clear();
  }
}
