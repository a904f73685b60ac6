import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Lease, Queue, QueueLimit } from '../../contracts/queue.js';
import { AbortError, JobCanceledError, PoolClosedError } from '../../errors/errors.js';
import type { WorkerClass } from '../../worker/worker.js';
import { isKeptBy } from '../limits/limits.js';
import type { PoolEngine } from '../pool-engine.js';
import { type HeldJob, JobRunner, type ServingEffects } from './job-runner.js';
import { KeyGiver } from './key-giver.js';
import type { LookAhead } from './look-ahead.js';
import { LostLease } from './lost-lease.js';
import type { OpenQueues } from './open-queues.js';
import type { JobRecord } from './records.js';
import type { RemoteHistory } from './remote-history.js';
import type { RemoteJoins } from './remote-joins.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';
import { Turn } from './turn.js';

/** How long one look for jobs waits before the next, in milliseconds; an engine wakes it sooner. */
const WAIT_MS = 30_000;
/** Jobs that are reserved at once, where the queue does not say more. */
const MOST_AT_ONCE = 32;
/** Jobs that have run and wait for the engine to have their answers, in whose place others are reserved. */
const MOST_ANSWERING = 1_024;

/** How often a host looks for jobs that it has and cannot begin, in milliseconds. */
const LOOK_EVERY_MS = 250;
/** Jobs that wait here for others of their limit, in whose place others are reserved. */
const MOST_KEPT_BACK = 512;
/** Jobs between two attempts in whose place others are reserved: each keeps its lease here. */
const MOST_PARKED = 64;

/** Serves one queue of jobs: reserves what can begin soon, has it run here, answers, acknowledges. */
export class QueueServer {
  readonly #queue: Queue<unknown>;
  readonly #openQueues: OpenQueues;
  readonly #route: PoolEngine;
  readonly #workerClass: WorkerClass;
  readonly #lookAhead: LookAhead;
  readonly #runner: JobRunner;
  /** Where the engine keeps to the limit of the class. */
  readonly #keys: KeyGiver | undefined;
  readonly #stopping = new AbortController();
  /** Ends the wait for jobs. */
  #taking = new AbortController();
  /** Also until it is known whether the class is paused. */
  #isPaused = true;
  readonly #held = new Set<HeldJob>();
  #looking: NodeJS.Timeout | undefined;
  #parked = 0;
  #answering = 0;
  /** Of the job that was reserved last. */
  #lastTurn: Turn | undefined;
  readonly finished: Promise<void>;

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
    this.#openQueues = openQueues;
    this.#route = route;
    this.#workerClass = workerClass;
    this.#lookAhead = lookAhead;
    this.#runner = new JobRunner(queue, openQueues, route, workerClass, lookAhead, effects, history, joins);
    const limit = route.options.limits?.get(workerClass);
    if (limit !== undefined && isKeptBy(queue, limit)) this.#keys = new KeyGiver(queue, limit);
    this.finished = this.#serve();
  }

  /** Takes nothing more, and hands back what has not begun; resolves when what runs is answered. */
  stop(): Promise<void> {
    this.#stopping.abort();
    this.#taking.abort();
    this.#lookAhead.wake();
    this.#handBack([...this.#held]);
    // Its processes have been killed: nobody says any more which job each has left.
    if (this.#route.hasEnded) for (const { gate } of this.#held) gate?.close();
    return this.finished;
  }

  get workerClass(): WorkerClass {
    return this.#workerClass;
  }

  /** While the class is paused nothing is taken, and what has not begun is handed back; what runs goes on to its end. */
  pause(isPaused: boolean): void {
    if (isPaused === this.#isPaused || this.#stopping.signal.aborted) return;
    this.#isPaused = isPaused;
    if (isPaused) {
      this.#taking.abort();
      this.#handBack([...this.#held]);
    } else {
      this.#taking = new AbortController();
      this.#lookAhead.wake();
    }
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stopping;
    const renewal = setInterval(() => void this.#renew(), this.#openQueues.leaseMs / 3);
    const atWork = new Set<Promise<void>>();
    // The queue is the user's code, which may call the pool: who makes this has to know it by then.
    await null;
    while (!signal.aborted) {
      const room = this.#lookAhead.roomFor(this.#workerClass.name);
      if (room === 0 || this.#isPaused) await this.#lookAhead.change();
      else
        for (const lease of await this.#reserve(Math.min(room, this.#queue.reserveAtOnce ?? MOST_AT_ONCE))) {
          const work = this.#handle(lease).finally(() => atWork.delete(work));
          atWork.add(work);
        }
    }
    await Promise.all(atWork);
    clearInterval(renewal);
  }

  /** Waits for jobs; what comes when there is no room any more, as this host has taken jobs of another class, is handed back. */
  async #reserve(most: number): Promise<readonly Lease<unknown>[]> {
    const { signal } = this.#taking;
    const { logger } = this.#route.options;
    const limit: { limit?: QueueLimit } = this.#keys === undefined ? {} : { limit: this.#keys.limit };
    const reserve = () => this.#queue.reserve(most, { signal, waitMs: WAIT_MS, ...limit });
    const what = `reserving from queue ${this.#queue.name}`;
    const retrying = { signal, forMs: Number.POSITIVE_INFINITY, logger };
    const reserved = (await retryWhileUnavailable(what, reserve, retrying)) ?? [];
    const leases = this.#keys === undefined ? reserved : await this.#keys.give(reserved);
    const room = signal.aborted ? 0 : this.#lookAhead.roomFor(this.#workerClass.name);
    if (leases.length > room) await this.#refund(leases.slice(room));
    return leases.slice(0, room);
  }

  /** Others may have them at once; this delivery does not count. */
  async #refund(leases: readonly Lease<unknown>[]): Promise<void> {
    try {
      await this.#queue.nack(leases, { refund: true });
    } catch {
      // The server is away; the leases end by themselves.
    }
  }

  /** Jobs that have not begun are others' to run. */
  #handBack(jobs: readonly HeldJob[]): void {
    const waiting = jobs.filter(({ call }) => call !== undefined && this.#route.withdraw(call.job));
    for (const held of waiting) {
      held.isHandedBack = true;
      held.call!.fail(new JobCanceledError(held.call!.job.jobId));
    }
    if (waiting.length > 0) void this.#refund(waiting.map(({ lease }) => lease));
  }

  /** A job that waits behind one that turns out to be long is handed back, and so is one that waits for a further attempt at the end. */
  #look(): void {
    const jobs = [...this.#held];
    if (this.#stopping.signal.aborted || this.#isPaused) return this.#handBack(jobs);
    for (const held of jobs) held.looks += 1;
    this.#park(jobs);
    const waitsLong = jobs.filter(
      ({ looks, call, isParked }) => looks > 1 && !isParked && call?.job.attempt === 1,
    );
    if (!this.#lookAhead.isAhead || waitsLong.length === 0) return;
    this.#lookAhead.isBusyFor(this.#workerClass.name, LOOK_EVERY_MS);
    this.#handBack(waitsLong);
  }

  /** A job that waits for its next attempt takes no process meanwhile: another one is reserved in its place. */
  #park(jobs: readonly HeldJob[]): void {
    const now = this.#route.now();
    for (const held of jobs) {
      if (held.hasRun) continue;
      const job = held.call?.job;
      const isOut = job === undefined || job.answered || job.slot !== -1;
      // One that waits for others of its limit was not put in line yet.
      const isKeptBack = !isOut && (held.gate?.isWaiting || job.queuedAt === 0);
      const waits = isKeptBack || (!isOut && job.queuedAt > now);
      const most = isKeptBack ? MOST_KEPT_BACK : MOST_PARKED;
      if (waits === held.isParked || (waits && this.#parked >= most)) continue;
      held.isParked = waits;
      this.#parked += waits ? 1 : -1;
      if (waits) this.#lookAhead.release();
      else this.#lookAhead.hold(1);
    }
  }

  /** Stops a job that this host has, and answers it; `false` when it has none of that id. */
  cancel(jobId: string): boolean {
    const isIt = ({ lease, call }: HeldJob) =>
      call !== undefined && (lease.value as JobRecord | null)?.id === jobId;
    const held = [...this.#held].find(isIt);
    if (held?.call === undefined || held.call.job.answered) return false;
    this.#route.stop(held.call.job, { kind: 'canceled', error: new JobCanceledError(jobId) });
    return true;
  }

  async #renew(): Promise<void> {
    void this.#openQueues.removeUnread();
    const held = [...this.#held];
    if (held.length === 0) return;
    try {
      const outcomes = await this.#queue.extend(held.map(({ lease }) => lease));
      outcomes.forEach((outcome, index) => {
        // Somebody else has the job now: what this host makes of it is not wanted.
        if (outcome === 'lost') this.#lose(held[index]!);
      });
    } catch {
      // The server is away; the leases may outlast it. An `ack` that comes too late is 'lost' and harms nobody.
    }
  }

  #lose({ lost, call }: HeldJob): void {
    lost.abort();
    call?.fail(new AbortError(lost.signal));
  }

  async #handle(lease: Lease<unknown>): Promise<void> {
    const lost = new LostLease();
    this.#lastTurn = new Turn(this.#lastTurn);
    const held: HeldJob = {
      lease,
      lost,
      turn: this.#lastTurn,
      gate: undefined,
      looks: 0,
      call: undefined,
      isHandedBack: false,
      isParked: false,
      hasRun: false,
    };
    this.#held.add(held);
    this.#lookAhead.hold(1);
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    try {
      await this.#runner.answer(held, () => this.#hasRun(held));
    } catch (error) {
      const { logger } = this.#route.options;
      const isOthers = lost.aborted || held.isHandedBack;
      // Others have it, or will have it: what is leased is handed back when the pool closes its queues.
      if (!isOthers && !(error instanceof PoolClosedError))
        logger.error(`a job of queue ${this.#queue.name} could not be served:`, error);
    } finally {
      held.turn.end();
      this.#letGo(held);
    }
  }

  /** No process is at it any more: another one is reserved in its place, while the engine is told its answer. */
  #hasRun(held: HeldJob): void {
    if (held.isParked || this.#answering >= MOST_ANSWERING) return;
    held.hasRun = true;
    this.#answering += 1;
    this.#lookAhead.release();
  }

  #letGo(held: HeldJob): void {
    this.#held.delete(held);
    if (held.isParked) this.#parked -= 1;
    else if (held.hasRun) this.#answering -= 1;
    else this.#lookAhead.release();
    if (this.#held.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}
