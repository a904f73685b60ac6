import { within } from '../calls/caller-context.js';
import { Fifo } from '../parent/fifo.js';
import type { Job } from '../parent/job.js';
import type { JobSource } from '../parent/job-source.js';
import { LinkedList } from '../parent/linked-list.js';

/** Jobs in the order in which they are to begin: retries at once, then those that wait, then what calls have to give. */
export class JobLine {
  #urgent = new Fifo<Job>();
  #waiting = new Fifo<Job>();
  readonly #sources = new LinkedList<JobSource>();

  addUrgent(job: Job): void {
    this.#urgent.push(job);
  }

  add(job: Job): void {
    this.#waiting.push(job);
  }

  addSource(source: JobSource): void {
    this.#sources.push(source);
  }

  removeSource(source: JobSource): void {
    this.#sources.remove(source);
  }

  /** Are there calls that were not asked since they said that they may have jobs? */
  get hasSources(): boolean {
    return this.#sources.first !== undefined;
  }

  next(): Job | undefined {
    for (const line of [this.#urgent, this.#waiting])
      for (let job = line.shift(); job !== undefined; job = line.shift()) if (!job.answered) return job;
    for (let source = this.#sources.shift(); source !== undefined; source = this.#sources.shift()) {
      const from = source;
      const job = within(from.inContext, () => from.nextJob());
      if (job !== undefined && !from.isDone) this.#sources.push(from);
      if (job !== undefined) return job;
    }
    return undefined;
  }

  clear(): void {
    this.#urgent = new Fifo();
    this.#waiting = new Fifo();
    this.#sources.clear();
  }
}
