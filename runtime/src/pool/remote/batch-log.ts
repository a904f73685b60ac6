import type { Queue } from '../../contracts/queue.js';
import type { Job } from '../jobs/job.js';
import { digestOf } from './batch-digest.js';
import { isPutRecord, isWithdrawnRecord, type PutRecord, type WithdrawnRecord } from './control-records.js';
import { isReplyRecord, type ReplyRecord } from './records.js';

/**
 * What earlier runs of a batch have done, as its queue tells: the answers that have come, the jobs that were put, and those
 * that were taken back, as the call was aborted.
 *
 * What was put is written down after it was put. A caller that is killed in between puts these few jobs again, which an
 * engine with dedupe keys notices.
 */
export class BatchLog {
  readonly #queue: Queue<unknown>;
  readonly #answers = new Map<string, ReplyRecord>();
  /** How often each was put and not taken back. */
  readonly #put = new Map<string, number>();
  readonly #digests = new Map<string, string>();
  #length = 0;

  constructor(queue: Queue<unknown>) {
    this.#queue = queue;
  }

  /** How many arguments the batch had, at least. */
  get length(): number {
    return this.#length;
  }

  /** Was a job put that had other arguments, and is now this one? */
  differs(job: Job): boolean {
    const digest = this.#digests.get(job.jobId);
    return digest !== undefined && digest !== digestOf(job);
  }

  /** @returns `false` when it is none of its records */
  read(record: unknown): boolean {
    if (isReplyRecord(record)) this.#answers.set(record.id, record);
    else if (isPutRecord(record)) this.#readPut(record);
    else if (isWithdrawnRecord(record)) this.#count(record.withdrawn, -1);
    else return false;
    return true;
  }

  #readPut({ put, digests = [] }: PutRecord): void {
    this.#count(put, 1);
    put.forEach((id, index) => {
      const digest = digests[index];
      if (digest !== undefined) this.#digests.set(id, digest);
      this.#length = Math.max(this.#length, Number(id.slice(id.lastIndexOf('.') + 1)) + 1 || 0);
    });
  }

  #count(ids: readonly string[], by: number): void {
    for (const id of ids) this.#put.set(id, (this.#put.get(id) ?? 0) + by);
  }

  answerOf(jobId: string): ReplyRecord | undefined {
    return this.#answers.get(jobId);
  }

  wasPut(jobId: string): boolean {
    return (this.#put.get(jobId) ?? 0) > 0;
  }

  async write(jobs: readonly Job[]): Promise<void> {
    const put = jobs.map((job) => job.jobId);
    const record: PutRecord = { version: 1, put, digests: jobs.map(digestOf) };
    await this.#queue.put(record);
  }

  async withdrawn(jobs: readonly Job[]): Promise<void> {
    const ids = jobs.map((job) => job.jobId);
    await this.#queue.put({ version: 1, withdrawn: ids } satisfies WithdrawnRecord);
  }
}
