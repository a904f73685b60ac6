import { inTime } from '../../clock/in-time.js';
import { QueueClosedError } from '../../errors/errors.js';
import type { CancelRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';
import { answerQueueOf, jobQueueName, submittedClassOf } from './queue-names.js';
import type { RemoteRoute } from './remote-route.js';
import { showsReaders } from './reply-reader.js';
import { pickOut } from './take-out.js';
import { placesOf } from './where-jobs-are.js';

/** How long a pool has to say whether it has stopped a job of its own, in milliseconds. */
const ANSWER_MS = 10_000;

/** Stops a job that another pool has asked for, by its id alone. */
export class CancelElsewhere {
  readonly #openQueues: OpenQueues;
  readonly #route: () => RemoteRoute;

  /** @param route where the other pool's answer comes */
  constructor(openQueues: OpenQueues, route: () => RemoteRoute) {
    this.#openQueues = openQueues;
    this.#route = route;
  }

  /** @returns `false` when there is no such job, it was answered before, or this pool ends before that is known */
  async cancel(jobId: string): Promise<boolean> {
    try {
      return await this.#cancel(jobId);
    } catch (error) {
      if (error instanceof QueueClosedError) return false;
      throw error;
    }
  }

  async #cancel(jobId: string): Promise<boolean> {
    const submitted = submittedClassOf(jobId);
    if (submitted !== undefined) return this.#withdraw(submitted, jobId);
    const answers = answerQueueOf(jobId);
    return answers !== undefined && this.#ask(answers, jobId);
  }

  /** Nobody waits for a job that was submitted: it is taken off its queue, and its host finds that its lease is lost. */
  async #withdraw(workerName: string, jobId: string): Promise<boolean> {
    const queue = this.#openQueues.jobs(jobQueueName(workerName));
    const { dedupe, delay, peek, withdraw } = queue.supports;
    if (!dedupe || !delay || !peek || !withdraw) return pickOut(queue, new Set([jobId]));
    const place = (await placesOf(queue, [jobId])).get(jobId)!;
    return (await queue.withdraw!([place.id])) > 0 && place.isJob;
  }

  /** The pool that waits for the job takes it back, and answers it. */
  async #ask(answers: string, jobId: string): Promise<boolean> {
    const { queue, giveBack } = this.#openQueues.borrow(answers);
    try {
      if (showsReaders(queue) && (await queue.counts()).leased === 0) {
        await queue.destroy();
        return false;
      }
      const { answered, replyTo } = this.#route().awaitCanceled(jobId);
      const ids = await queue.put({ version: 1, cancel: jobId, replyTo } satisfies CancelRecord);
      return await inTime(answered, ANSWER_MS).catch(async () => {
        await queue.withdraw?.(ids);
        return false;
      });
    } finally {
      giveBack();
    }
  }
}
