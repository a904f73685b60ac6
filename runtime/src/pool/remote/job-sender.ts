import type { Logger } from '../../contracts/logger.js';
import type { Queue } from '../../contracts/queue.js';
import type { Keep } from '../history/keep-options.js';
import type { Job } from '../jobs/job.js';
import type { BatchLog } from './batch-log.js';
import { PutJobs } from './put-jobs.js';
import { putOptionsOf } from './put-options.js';
import { expiryOf, type JobRecord, jobRecordOf, keptOf } from './records.js';
import type { ReplyReader } from './reply-reader.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

/** How long a server may be away before a call fails with what it said, in milliseconds. */
const RETRY_FOR_MS = 30_000;

export interface SenderOptions {
  /** Queue that answers come back on. */
  readonly replyTo: string;
  readonly answers: ReplyReader;
  /** Only of a batch. */
  readonly log: BatchLog | undefined;
  /** How long answers are kept. */
  readonly keep: Keep | undefined;
  readonly logger: Logger;
  /** The key of a job whose class has a limit. */
  limitKeyOf(job: Job): string;
  /** Ends all tries. */
  readonly signal: AbortSignal;
}

/** Puts the jobs of a route on their queues, and takes back what nobody waits for. */
export class JobSender {
  readonly #options: SenderOptions;
  readonly #put = new PutJobs();
  /** Writes down what was taken back of a batch. */
  #noting: Promise<unknown> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** @throws what the server says, when it has been away for too long */
  async send(queue: Queue<unknown>, jobs: readonly Job[]): Promise<void> {
    const { signal, logger, log } = this.#options;
    const retrying = { signal, forMs: RETRY_FOR_MS, logger };
    const put = () => this.#putOn(queue, jobs);
    await this.#put.put(queue, jobs, () =>
      retryWhileUnavailable(`putting jobs on queue ${queue.name}`, put, retrying),
    );
    if (log !== undefined)
      await retryWhileUnavailable('writing down what a batch has put', () => log.write(jobs), retrying);
  }

  async #putOn(queue: Queue<unknown>, jobs: readonly Job[]): Promise<readonly string[]> {
    await this.#options.answers.announce();
    // A key lets the engine notice what an earlier run of the batch has put. Elsewhere a second answer is not listened to.
    const usesKeys = this.#options.log !== undefined && queue.supports.dedupe;
    const steering = jobs[0]?.steering;
    const ofLimit = (some: readonly Job[]) =>
      steering?.limit !== undefined && queue.supports.limits
        ? { limitKeys: some.map((job) => this.#options.limitKeyOf(job)) }
        : {};
    const canBeOnePut = !usesKeys || queue.supports.dedupeKeys === true;
    if (canBeOnePut && jobs.every((job) => job.steering === steering))
      return queue.put(
        jobs.map((job) => this.#recordOf(job)),
        {
          ...putOptionsOf(steering),
          ...ofLimit(jobs),
          ...(usesKeys && { dedupeKeys: jobs.map(({ jobId }) => jobId) }),
        },
      );
    const ids = await Promise.all(
      jobs.map((job) => {
        const key = usesKeys ? { dedupeKey: job.jobId } : {};
        return queue.put(this.#recordOf(job), {
          ...putOptionsOf(job.steering),
          ...key,
          ...ofLimit([job]),
        });
      }),
    );
    return ids.flat();
  }

  #recordOf(job: Job): JobRecord {
    return {
      ...jobRecordOf(job.jobId, job.task, job.args),
      ...(job.timeoutMs !== undefined && { timeoutMs: job.timeoutMs }),
      ...expiryOf(job.steering),
      ...keptOf(this.#options),
      ...(job.carrier && { carrier: job.carrier }),
      // Only a call that has code of its caller's can hear of progress.
      ...(job.caller.inContext !== undefined && { reports: true }),
      replyTo: this.#options.replyTo,
    };
  }

  /** Does it lie on its queue, as far as the engine has said? */
  wasPut(job: Job): boolean {
    return this.#put.has(job);
  }

  /** It was answered. */
  forget(job: Job): void {
    this.#put.forget(job);
  }

  /** Nobody waits for these. A batch that is taken up again puts them anew. */
  withdraw(jobs: readonly Job[]): void {
    const withdrawn = this.#put.withdraw(jobs);
    const { log } = this.#options;
    if (log === undefined || withdrawn.length === 0) return;
    this.#noting = Promise.allSettled([this.#noting, log.withdrawn(withdrawn)]);
  }

  /** The same for jobs that will be put again: resolves when they are off their queues, or the server is away. */
  takeBack(jobs: readonly Job[]): Promise<void> {
    return this.#put.takeBack(jobs);
  }

  /** Resolves when nothing is being put or taken back. */
  async settled(): Promise<void> {
    await this.#put.settled();
    await this.#noting;
  }
}
