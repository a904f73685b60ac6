import type { Queue } from '../../contracts/queue.js';
import type { Job } from '../parent/job.js';
import { isPutRecord, isReplyRecord, type PutRecord, type ReplyRecord } from './records.js';

/**
 * What earlier runs of a batch have done, as its queue tells: the answers that have come, and the jobs that were put.
 *
 * What was put is written down after it was put. A caller that is killed in between puts these few jobs again, which an
 * engine with dedupe keys notices.
 */
export class BatchLog {
  readonly #answers = new Map<string, ReplyRecord>();
  readonly #put = new Set<string>();

  /** @returns `false` when it is neither an answer nor a list of what was put */
  read(record: unknown): boolean {
    if (isReplyRecord(record)) this.#answers.set(record.id, record);
    else if (isPutRecord(record)) for (const id of record.put) this.#put.add(id);
    else return false;
    return true;
  }

  answerOf(jobId: string): ReplyRecord | undefined {
    return this.#answers.get(jobId);
  }

  wasPut(jobId: string): boolean {
    return this.#put.has(jobId);
  }

  async write(queue: Queue<unknown>, jobs: readonly Job[]): Promise<void> {
    await queue.put({ version: 1, put: jobs.map((job) => job.jobId) } satisfies PutRecord);
  }
}
