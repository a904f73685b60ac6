import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Queue } from '../../contracts/queue.js';
import { OptionError, UnsupportedError } from '../../errors/errors.js';
import { isSteered } from '../calls/check-options.js';
import { tellSubmitted } from '../channels/job-channel.js';
import type { AnyWorker, Task } from '../jobs/task.js';
import { type FlowJob, type FlowNode, goesOn, idsAfter, jobsOf } from '../joins/flow.js';
import type { PoolEngine } from '../pool-engine.js';
import type { SubmitOptions } from '../steering/job-options.js';
import { type Steering, steeringOf, waitOf } from '../steering/steering.js';
import type { OpenQueues } from './open-queues.js';
import { mustSupport, putOptionsOf } from './put-options.js';
import { jobQueueName, keyedPrefix, submittedPrefix } from './queue-names.js';
import {
  expiryOf,
  type JobRecord,
  jobRecordOf,
  keptOf,
  queueableName,
  type TickOfRecord,
} from './records.js';
import type { JobAfter, RemoteJoins } from './remote-joins.js';
import { SubmitPuts } from './submit-puts.js';
import { throwValueOfCall } from './value-of-call.js';

/** Puts jobs that nobody waits for: alone, after others, or all of a flow. */
export class SubmittedJobs {
  readonly #core: PoolEngine;
  readonly #openQueues: OpenQueues;
  readonly #joins: RemoteJoins;
  readonly #puts = new SubmitPuts();
  #count = 0;

  constructor(core: PoolEngine, openQueues: OpenQueues, joins: RemoteJoins) {
    this.#core = core;
    this.#openQueues = openQueues;
    this.#joins = joins;
  }

  /** Puts a job that somebody may run, now or when this process is gone. */
  async submit(
    worker: AnyWorker,
    args: unknown,
    { timeoutMs, tx, after, afterFailed }: SubmitOptions,
    steering: Steering | undefined,
    tick?: { readonly of: TickOfRecord; readonly key: string },
  ): Promise<string> {
    const task = this.#core.taskOf(worker);
    const name = queueableName(task.workerClass);
    const queue = this.#openQueues.jobs(jobQueueName(name));
    if (tx !== undefined && !queue.supports.tx) throw new UnsupportedError(`queue ${queue.name}`, 'tx');
    if (steering !== undefined) mustSupport(queue, steering, true);
    if (after !== undefined || afterFailed !== undefined) mustGoTogether(after, tx, steering);
    const ids = after && idsAfter(after);
    const isLenient = goesOn(afterFailed);
    if (ids !== undefined) this.#joins.mustSupport(queue);
    const id = this.#submittedId(name, tick?.key ?? steering?.keyOf?.(args, 0));
    const plain = this.#recordOf(id, task, args, timeoutMs, steering);
    const record = this.#told(tick === undefined ? plain : { ...plain, tick: tick.of }, queue);
    if (ids !== undefined) {
      await this.#joins.mustKnow(ids);
      await this.#hold([jobAfter(record, ids, isLenient, steering)]);
      return id;
    }
    const put = this.#puts.put(queue, {
      record,
      dedupeKey: queue.supports.dedupe ? id : undefined,
      limitKey: steering?.limit && queue.supports.limits ? steering.limit.keyOf(args) : undefined,
      options: { ...putOptionsOf(steering), ...(tx !== undefined && { tx }) },
    });
    await put.catch((error) => throwValueOfCall(error, args));
    return id;
  }

  /**
   * Puts all jobs of a flow, or none: each runs when those before it have succeeded.
   * @throws OptionError, UnsupportedError before anything is put
   */
  async flow(tree: FlowNode): Promise<FlowJob> {
    const made = new Map<FlowNode, FlowJob>();
    const jobs = jobsOf(tree).map((node) => {
      const { worker, args, after = [], afterFailed, timeoutMs } = node;
      const task = this.#core.taskOf(worker);
      const name = queueableName(task.workerClass);
      const queue = this.#openQueues.jobs(jobQueueName(name));
      const steering = isSteered(node) ? steeringOf('submit', node) : undefined;
      if (steering !== undefined) mustSupport(queue, steering, false);
      this.#joins.mustSupport(queue);
      const id = this.#submittedId(name, undefined);
      const before = [...new Set(after)].map((one) => made.get(one)!);
      made.set(node, { jobId: id, after: before });
      const record = this.#recordOf(id, task, args, timeoutMs, steering);
      const ids = before.map(({ jobId }) => jobId);
      return jobAfter(this.#told(record, queue), ids, goesOn(afterFailed), steering);
    });
    await this.#hold(jobs);
    return made.get(tree)!;
  }

  async #hold(jobs: readonly JobAfter[]): Promise<void> {
    await this.#joins.hold(jobs).catch((error) => throwValueOfCall(error));
  }

  #recordOf(
    id: string,
    task: Task,
    args: unknown,
    timeoutMs: number | undefined,
    steering: Steering | undefined,
  ): JobRecord {
    return {
      ...jobRecordOf(id, task, args),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...expiryOf(steering),
      ...keptOf(this.#core.options),
    };
  }

  /** Whoever listens hears of it, and may send something with it. */
  #told(record: JobRecord, queue: Queue<unknown>): JobRecord {
    const { id: jobId, worker } = record;
    const carrier = tellSubmitted({ pool: this.#core.name, jobId, class: worker, queue: queue.name });
    return carrier === undefined ? record : { ...record, carrier };
  }

  #submittedId(workerName: string, key: unknown): string {
    if (key !== undefined) return `${keyedPrefix(key as string, workerName)}.0`;
    this.#count += 1;
    return `${submittedPrefix(this.#core.name, workerName)}.${this.#count}`;
  }
}

/** @throws OptionError for what a job that comes after others cannot have */
function mustGoTogether(after: unknown, tx: unknown, steering: Steering | undefined): void {
  if (after === undefined)
    throw new OptionError('option afterFailed goes with after, which says what the job comes after');
  if (tx !== undefined)
    throw new OptionError(
      'options after and tx do not go together: submit it when the transaction has committed',
    );
  if (steering?.keyOf !== undefined) throw new OptionError('options after and dedupeKey do not go together');
}

function jobAfter(
  record: JobRecord,
  after: readonly string[],
  isLenient: boolean,
  steering: Steering | undefined,
): JobAfter {
  const priority = steering?.priority ?? 0;
  const waitMs = steering === undefined ? 0 : waitOf(steering);
  const dueAt = waitMs > 0 ? wallClockMs() + waitMs : undefined;
  return { record, after, goesOn: isLenient, priority, dueAt };
}
