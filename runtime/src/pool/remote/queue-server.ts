import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Lease, Queue } from '../../contracts/queue.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import { encodeRecord } from '../../queues/wire/index.js';
import { RetryStrategy } from '../../strategies/retry-strategy.js';
import type { WorkerClass } from '../../worker/worker.js';
import { canBeState, resetState } from '../../worker/worker-state.js';
import { RunCall } from '../calls/run-call.js';
import type { Route } from '../parent/route.js';
import type { AnyWorker } from '../parent/task.js';
import type { OpenQueues } from './open-queues.js';
import { isJobRecord, type JobRecord, type ReplyRecord, refusalOf, replyOf } from './records.js';
import { isGone, isRefusal, retryWhileUnavailable } from './retry-while-unavailable.js';

/** How long one look for jobs waits before the next, in milliseconds; an engine wakes it sooner. */
const WAIT_MS = 30_000;
/** Jobs that are reserved at once. */
const MOST_AT_ONCE = 32;
/** Workers of different state that are kept for the next job. */
const WORKERS_KEPT = 64;

/** Serves one queue of jobs: reserves a little ahead, has them run here, answers, acknowledges. */
export class QueueServer {
  readonly #queue: Queue<unknown>;
  readonly #openQueues: OpenQueues;
  readonly #route: Route;
  readonly #classes: ReadonlyMap<string, WorkerClass>;
  readonly #prefetch: number;
  readonly #workers = new Map<string, AnyWorker>();
  readonly #stopping = new AbortController();
  /** What is reserved and not acknowledged, by token, with what ends it here. */
  readonly #held = new Map<string, { lease: Lease<unknown>; lost: AbortController }>();
  #roomMade: (() => void) | undefined;
  readonly finished: Promise<void>;

  constructor(
    queue: Queue<unknown>,
    openQueues: OpenQueues,
    route: Route,
    classes: ReadonlyMap<string, WorkerClass>,
  ) {
    this.#queue = queue;
    this.#openQueues = openQueues;
    this.#route = route;
    this.#classes = classes;
    const { processes, concurrency } = route.options;
    this.#prefetch = Math.max(8, 4 * processes * concurrency);
    this.finished = this.#serve();
  }

  /** Takes nothing more; resolves when what was taken is answered. */
  stop(): Promise<void> {
    this.#stopping.abort();
    this.#roomMade?.();
    return this.finished;
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stopping;
    const { logger } = this.#route.options;
    const renewal = setInterval(() => void this.#renew(), this.#openQueues.leaseMs / 3);
    const atWork = new Set<Promise<void>>();
    // The queue is the user's code, which may call the pool: who makes this has to know it by then.
    await null;
    while (!signal.aborted) {
      const room = this.#prefetch - this.#held.size;
      if (room <= 0) {
        await this.#untilRoom();
        continue;
      }
      const reserve = () => this.#queue.reserve(Math.min(room, MOST_AT_ONCE), { signal, waitMs: WAIT_MS });
      const what = `reserving from queue ${this.#queue.name}`;
      const leases =
        (await retryWhileUnavailable(what, reserve, { signal, forMs: Number.POSITIVE_INFINITY, logger })) ??
        [];
      for (const lease of leases) {
        const work = this.#handle(lease).finally(() => atWork.delete(work));
        atWork.add(work);
      }
    }
    await Promise.all(atWork);
    clearInterval(renewal);
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomMade = resolve;
    });
  }

  async #renew(): Promise<void> {
    const held = [...this.#held.values()];
    if (held.length === 0) return;
    try {
      const outcomes = await this.#queue.extend(held.map(({ lease }) => lease));
      outcomes.forEach((outcome, index) => {
        // Somebody else has the job now: what this host makes of it is not wanted.
        if (outcome === 'lost') held[index]!.lost.abort();
      });
    } catch {
      // The server is away; the leases may outlast it. An `ack` that comes too late is 'lost' and harms nobody.
    }
  }

  async #handle(lease: Lease<unknown>): Promise<void> {
    const lost = new AbortController();
    this.#held.set(lease.token, { lease, lost });
    try {
      await this.#answer(lease, lost.signal);
    } catch (error) {
      const { logger } = this.#route.options;
      // Others have it, or will have it: what is leased is handed back when the pool closes its queues.
      if (!lost.signal.aborted && !(error instanceof PoolClosedError))
        logger.error(`a job of queue ${this.#queue.name} could not be served:`, error);
    } finally {
      this.#held.delete(lease.token);
      this.#roomMade?.();
      this.#roomMade = undefined;
    }
  }

  async #answer(lease: Lease<unknown>, lost: AbortSignal): Promise<void> {
    const record = lease.value;
    const workerClass = isJobRecord(record) ? this.#classes.get(record.worker) : undefined;
    if (!isJobRecord(record) || workerClass === undefined || !canBeRun(workerClass, record))
      return this.#giveUp(lease);
    const { replyTo } = record;
    const answers = replyTo === undefined ? undefined : this.#answersFor(replyTo);
    if (answers === null) return this.#giveUp(lease);
    try {
      const reply = await this.#replyFor(workerClass, record, lost);
      const retrying = {
        signal: lost,
        forMs: 10 * this.#openQueues.leaseMs,
        logger: this.#route.options.logger,
      };
      const answer = (reply: ReplyRecord) =>
        retryWhileUnavailable('answering a job', () => answers?.queue.put(reply), retrying);
      await answer(reply).catch((error) => {
        // Its owner has removed it: nobody waits for what a lost lease made run twice.
        if (isGone(error)) return;
        if (!isRefusal(error)) throw error;
        // Run again, it would be refused again: the caller hears why.
        return answer(refusalOf(record.id, error));
      });
      await retryWhileUnavailable('acknowledging a job', () => this.#queue.ack([lease]), retrying);
    } finally {
      answers?.giveBack();
    }
  }

  /** @throws what ends this host's work on the job, which others may run then */
  async #replyFor(workerClass: WorkerClass, record: JobRecord, lost: AbortSignal): Promise<ReplyRecord> {
    try {
      return replyOf(record.id, await this.#run(workerClass, record, lost));
    } catch (error) {
      const isAnswered = record.replyTo !== undefined;
      if (!isAnswered || lost.aborted || error instanceof PoolClosedError) throw error;
      // Its worker cannot be made, or sent to a process: it would be so the next time.
      return refusalOf(record.id, error);
    }
  }

  /** @returns null when there can be no such queue: the record was not written by a pool */
  #answersFor(replyTo: string): ReturnType<OpenQueues['borrow']> | null {
    try {
      return this.#openQueues.borrow(replyTo);
    } catch (error) {
      if (error instanceof PoolClosedError) throw error;
      return null;
    }
  }

  /** What is no job of ours: kept for a person to see where the queue can, else dropped and told. */
  async #giveUp(lease: Lease<unknown>): Promise<void> {
    if (this.#queue.supports.dead) await this.#queue.nack([lease], { dead: true });
    else {
      this.#route.options.logger.error(
        `queue ${this.#queue.name} held a record that is no job of its; it was dropped`,
      );
      await this.#queue.ack([lease]);
    }
  }

  /** Jobs with the same state and strategy share a worker, so that it is described to the processes once. */
  #workerFor(workerClass: WorkerClass, { state, retry }: JobRecord): AnyWorker {
    const key = encodeRecord([workerClass.name, state, retry]);
    const known = this.#workers.get(key);
    if (known) return known;
    const worker = new workerClass() as AnyWorker;
    if (state !== undefined) resetState(worker, state);
    if (retry !== undefined) worker.retryStrategy = new RetryStrategy(retry);
    if (this.#workers.size >= WORKERS_KEPT) this.#workers.delete(this.#workers.keys().next().value!);
    this.#workers.set(key, worker);
    return worker;
  }

  #run(workerClass: WorkerClass, record: JobRecord, lost: AbortSignal): Promise<Response<unknown>> {
    const worker = this.#workerFor(workerClass, record);
    const options = {
      signal: lost,
      isForOthers: record.replyTo !== undefined,
      ...(record.timeoutMs !== undefined && { timeoutMs: record.timeoutMs }),
    };
    return new Promise((resolve, reject) => {
      new RunCall(this.#route, worker, record.args, options, resolve, reject);
    });
  }
}

/** A record may say what fields its worker has, not what it does. */
function canBeRun(workerClass: WorkerClass, { state }: JobRecord): boolean {
  return state === undefined || canBeState(workerClass, state);
}
