import type { DeadJob } from '../../contracts/dead-job.js';
import type { Lease, Queue } from '../../contracts/queue.js';
import type { Response } from '../../contracts/response.js';
import { AbortError, PoolClosedError } from '../../errors/errors.js';
import { encodeRecord } from '../../queues/wire/index.js';
import { RetryStrategy } from '../../strategies/retry-strategy.js';
import type { WorkerClass } from '../../worker/worker.js';
import { canBeState, resetState } from '../../worker/worker-state.js';
import { RunCall } from '../calls/run-call.js';
import type { AnyWorker } from '../jobs/task.js';
import { isKeptBy, type Limit } from '../limits/limits.js';
import type { PoolEngine } from '../pool-engine.js';
import { type EnteredTick, enterTick } from '../schedules/tick-guard.js';
import { expiringAt, PLAIN_STEERING, type Steering } from '../steering/steering.js';
import { steeringLineOf } from '../steering/steering-line.js';
import { deadReasonOf } from './dead-reason.js';
import { LeaseGate } from './lease-gate.js';
import type { LookAhead } from './look-ahead.js';
import type { LostLease } from './lost-lease.js';
import type { OpenQueues } from './open-queues.js';
import { orRefusal } from './or-refusal.js';
import { ProgressSender } from './progress-sender.js';
import { jobIdOf } from './queue-names.js';
import {
  attemptsOf,
  beforeOf,
  errorOf,
  failedBefore,
  isJobRecord,
  type JobRecord,
  type ReplyRecord,
  refusalOf,
  replyOf,
  type TickOfRecord,
} from './records.js';
import type { RemoteHistory } from './remote-history.js';
import type { RemoteJoins } from './remote-joins.js';
import { isGone, retryWhileUnavailable } from './retry-while-unavailable.js';
import { Together } from './together.js';
import type { Turn } from './turn.js';

/** Workers of different state that are kept for the next job. */
const WORKERS_KEPT = 64;

/** How long a job waits until it is looked at again whether it is its turn, in milliseconds. */
const TURN_AGAIN_MS = 500;

/** A job that this host has: reserved and not acknowledged. */
export interface HeldJob {
  readonly lease: Lease<unknown>;
  /** Ends it here, where it is others' to run. */
  readonly lost: LostLease;
  readonly turn: Turn;
  /** Its permit, where the engine keeps to the limit of its class. */
  gate: LeaseGate | undefined;
  /** Looks that have found it. */
  looks: number;
  /** Set once it waits for a process. */
  call: RunCall | undefined;
  isHandedBack: boolean;
  /** It waits for its next attempt, and does not count among those that this host may have. */
  isParked: boolean;
  /** What became of it is being told, and it does not count among those that this host may have. */
  hasRun: boolean;
}

/** What a host tells its pool. */
export interface ServingEffects {
  /** A job of another pool's call was run. */
  onServed(response: Response<unknown>): void;
  /** A submitted job has failed for good. */
  onDead(job: DeadJob): void;
}

/** Runs the jobs of one queue, each as its record says. */
export class JobRunner {
  readonly #queue: Queue<unknown>;
  readonly #openQueues: OpenQueues;
  readonly #route: PoolEngine;
  readonly #workerClass: WorkerClass;
  readonly #lookAhead: LookAhead;
  readonly #effects: ServingEffects;
  readonly #history: RemoteHistory;
  readonly #joins: RemoteJoins;
  readonly #acks: Together<Lease<unknown>>;
  readonly #workers = new Map<string, AnyWorker>();
  readonly #limit: Limit | undefined;

  constructor(
    queue: Queue<unknown>,
    openQueues: OpenQueues,
    route: PoolEngine,
    workerClass: WorkerClass,
    lookAhead: LookAhead,
    effects: ServingEffects,
    history: RemoteHistory,
    joins: RemoteJoins,
  ) {
    this.#queue = queue;
    this.#acks = new Together((leases) => queue.ack(leases));
    this.#openQueues = openQueues;
    this.#route = route;
    this.#workerClass = workerClass;
    this.#lookAhead = lookAhead;
    this.#effects = effects;
    this.#history = history;
    this.#joins = joins;
    this.#limit = route.options.limits?.get(workerClass);
  }

  /**
   * Has a job run, puts its answer where its caller reads it, and then acknowledges it.
   * @param hasRun is called when no process is at it any more
   */
  async answer(held: HeldJob, hasRun: () => void): Promise<void> {
    const { lease } = held;
    const { lost } = held;
    const record = lease.value;
    if (!isJobRecord(record) || !canBeRun(this.#workerClass, record)) return this.#giveUp(lease);
    const { replyTo } = record;
    if (record.after !== undefined && (await this.#wasJoined(record, lost))) return this.#drop(lease);
    if (replyTo !== undefined && this.#openQueues.wasAnswered(replyTo, record.id)) return this.#drop(lease);
    const answers = replyTo === undefined ? undefined : this.#answersFor(replyTo);
    if (answers === null) return this.#giveUp(lease);
    const tick = record.tick && (await this.#enter(record.tick, lost));
    if (tick?.state === 'done') return this.#drop(lease);
    if (tick?.state === 'later') return this.#putOff(lease);
    try {
      if (answers !== undefined && !(await answers.isRead())) return await this.#drop(lease);
      const progress = record.reports && answers ? new ProgressSender(answers.queue, record.id) : undefined;
      if (!held.turn.isNow) await held.turn.come();
      const reply = await this.#replyFor(held, record, progress);
      hasRun();
      // It comes before the answer.
      if (progress !== undefined) await progress.sent();
      if (held.gate !== undefined) await held.gate.settled();
      if (answers !== undefined && !(await answers.isRead())) {
        await held.gate?.over();
        return await this.#drop(lease);
      }
      const retrying = {
        signal: lost,
        forMs: 10 * this.#openQueues.leaseMs,
        logger: this.#route.options.logger,
      };
      if (this.#history.keeps(record, reply))
        await retryWhileUnavailable(
          'keeping an answered job',
          () => this.#history.keep(record, reply),
          retrying,
        );
      const arrive = () => this.#joins.arrive(this.#queue, reply, record.worker);
      if (replyTo === undefined)
        await retryWhileUnavailable('telling the jobs after this one', arrive, retrying);
      if (tick !== undefined) await tick.done();
      if (replyTo === undefined && held.gate !== undefined) await held.gate.over();
      if (replyTo === undefined && !reply.ok) return await this.#bury(lease, record, reply);
      const answer = (reply: ReplyRecord) =>
        retryWhileUnavailable('answering a job', () => answers?.put(reply), retrying);
      if (answers !== undefined)
        await orRefusal(reply, answer).catch((error) => {
          // Its owner has removed it: nobody waits for what a lost lease made run twice.
          if (!isGone(error)) throw error;
        });
      if (held.gate !== undefined) await held.gate.over();
      await retryWhileUnavailable('acknowledging a job', () => this.#acks.add(lease), retrying);
    } finally {
      held.gate?.close();
      if (tick !== undefined) await tick.leave();
      answers?.giveBack();
    }
  }

  /** Has it run already, as two hosts have put it on its queue? */
  async #wasJoined({ id }: JobRecord, lost: LostLease): Promise<boolean> {
    if (!this.#queue.supports.joins) return false;
    const retrying = { signal: lost, forMs: this.#openQueues.leaseMs, logger: this.#route.options.logger };
    const look = () => this.#joins.hasSucceeded(id);
    return (await retryWhileUnavailable('looking for an answer', look, retrying)) ?? false;
  }

  /** @throws what the engine says, when it has been away for too long */
  #enter(tick: TickOfRecord, lost: LostLease): Promise<EnteredTick | undefined> {
    const retrying = { signal: lost, forMs: this.#openQueues.leaseMs, logger: this.#route.options.logger };
    return retryWhileUnavailable('looking for a tick', () => enterTick(this.#openQueues, tick), retrying);
  }

  /** The job of the tick before runs: this one is looked at again in a moment, by any host. */
  async #putOff(lease: Lease<unknown>): Promise<void> {
    await this.#queue.nack([lease], { delayMs: TURN_AGAIN_MS, refund: true });
  }

  /** Nobody hears of a submitted job that has failed, but for who looks at the dead letters, and at this pool's events. */
  async #bury(lease: Lease<unknown>, record: JobRecord, reply: ReplyRecord): Promise<void> {
    const error = errorOf(reply) as Error & { readonly code?: string };
    if (error.code === 'ERR_JOB_CANCELED') return this.#drop(lease);
    const reason = deadReasonOf(error, reply.attempts.length);
    if (this.#queue.supports.dead) await this.#queue.nack([lease], { dead: true, reason });
    else {
      this.#route.options.logger.error(`job ${record.id} of ${record.worker} failed for good: ${reason}`);
      await this.#drop(lease);
    }
    const { id: jobId, worker, args } = record;
    this.#effects.onDead({ jobId, worker, args, error, attempts: attemptsOf(reply), reason });
  }

  /** Nobody waits for its answer any more. */
  async #drop(lease: Lease<unknown>): Promise<void> {
    await this.#queue.ack([lease]);
  }

  /** @throws what ends this host's work on the job, which others may run then */
  async #replyFor(
    held: HeldJob,
    record: JobRecord,
    progress: ProgressSender | undefined,
  ): Promise<ReplyRecord> {
    const failed = failedBefore(record);
    if (failed !== undefined) return refusalOf(record.id, failed);
    try {
      const response = await this.#run(held, record, progress);
      const { replyTo } = record;
      // A call of this pool tells of it when it has the answer.
      if (replyTo !== undefined && !this.#openQueues.isOwn(replyTo)) this.#effects.onServed(response);
      const { runMs } = response.attempts.at(-1) ?? { runMs: 0 };
      this.#lookAhead.measured(this.#workerClass.name, runMs);
      return replyOf(record.id, response);
    } catch (error) {
      const isOthers = held.lost.aborted || held.isHandedBack || error instanceof PoolClosedError;
      if (isOthers) throw error;
      // Its worker cannot be made, or sent to a process: it would be so the next time. Nothing runs of it that could end.
      held.gate?.close();
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

  /** Jobs of one caller's worker with the same state and strategy share a worker, so that it is described to the processes once. */
  #workerFor({ state, retry }: JobRecord, prefix: string | undefined): AnyWorker {
    const isPlain = state === undefined && retry === undefined;
    const key = isPlain ? `plain ${prefix}` : encodeRecord([prefix, state, retry]);
    const known = this.#workers.get(key);
    if (known) return known;
    const worker = new this.#workerClass() as AnyWorker;
    if (state !== undefined) resetState(worker, state);
    if (retry !== undefined) worker.retryStrategy = new RetryStrategy(retry);
    if (this.#workers.size >= WORKERS_KEPT) this.#workers.delete(this.#workers.keys().next().value!);
    this.#workers.set(key, worker);
    return worker;
  }

  /** Where the engine does not keep to the limit of the class, this host does by itself. */
  #steeringOf(held: HeldJob, { expires }: JobRecord): Steering | undefined {
    const steering = expires && expiringAt(expires.at, expires.afterMs);
    const limit = this.#limit;
    if (limit === undefined) return steering;
    if (isKeptBy(this.#queue, limit))
      held.gate = new LeaseGate(this.#queue, held.lease, limit, {
        now: () => this.#route.now(),
        startedAt: (job) => this.#route.startedAt(job),
      });
    return { ...(steering ?? PLAIN_STEERING), limit, gate: held.gate };
  }

  #run(held: HeldJob, record: JobRecord, progress: ProgressSender | undefined): Promise<Response<unknown>> {
    if (held.lost.aborted) throw new AbortError(held.lost.signal);
    const id = jobIdOf(record.id);
    const worker = this.#workerFor(record, id?.prefix);
    const steering = this.#steeringOf(held, record);
    const route = steering === undefined ? this.#route : steeringLineOf(this.#route);
    const options = {
      steering,
      isForOthers: record.replyTo !== undefined,
      ...(id !== undefined && { id }),
      carrier: record.carrier ?? {},
      before: beforeOf(record),
      ...(progress && { onProgress: ({ value }: { value: unknown }) => progress.send(value) }),
      ...(record.timeoutMs !== undefined && { timeoutMs: record.timeoutMs }),
    };
    return new Promise((resolve, reject) => {
      held.call = new RunCall(route, worker, record.args, options, resolve, reject);
      held.turn.end();
    });
  }
}

/** A record may say what fields its worker has, not what it does. */
function canBeRun(workerClass: WorkerClass, { worker, state }: JobRecord): boolean {
  return worker === workerClass.name && (state === undefined || canBeState(workerClass, state));
}
