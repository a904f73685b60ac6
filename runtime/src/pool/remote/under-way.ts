import type { Job } from '../jobs/job.js';
import { roughBytes } from './rough-bytes.js';

/** Jobs of one pool that may lie on the queues. */
const MOST_JOBS = 4_096;
/** Their arguments, in bytes: a call takes no more of its input while so much waits for an answer. */
const MOST_BYTES = 64 * 2 ** 20;

/** The jobs that wait for an answer over a queue, and what they weigh. */
export class UnderWay {
  readonly #jobs = new Map<string, Job>();
  readonly #bytes = new Map<Job, number>();
  #totalBytes = 0;

  get size(): number {
    return this.#jobs.size;
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  all(): Job[] {
    return [...this.#jobs.values()];
  }

  add(job: Job): void {
    this.#jobs.set(job.jobId, job);
  }

  /** Counts the arguments of a job that was taken from an input, though it is not put yet. */
  weigh(job: Job): void {
    const bytes = roughBytes(job.args);
    this.#bytes.set(job, bytes);
    this.#totalBytes += bytes;
  }

  delete(job: Job): void {
    this.#jobs.delete(job.jobId);
    this.#totalBytes -= this.#bytes.get(job) ?? 0;
    this.#bytes.delete(job);
  }

  /** @param taken jobs that have been taken from an input, and will be put together */
  hasRoom(taken: number): boolean {
    return this.#jobs.size + taken < MOST_JOBS && this.#totalBytes < MOST_BYTES;
  }
}
