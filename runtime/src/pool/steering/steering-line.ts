import { monotonicMs } from '../../clock/monotonic-ms.js';
import { queueMicrotask } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { JobExpiredError } from '../../errors/errors.js';
import { asError } from '../../worker/as-error.js';
import type { WorkerClass } from '../../worker/worker.js';
import { within } from '../calls/caller-context.js';
import type { Caller } from '../jobs/caller.js';
import { canceledBy, type Job } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';
import { RetrySchedule } from '../jobs/retry-schedule.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker, Task } from '../jobs/task.js';
import type { Gate } from '../limits/gate.js';
import { LimitGate } from '../limits/limit-gate.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { JobsInLine, PoolEngine } from '../pool-engine.js';
import { PriorityLine } from './priority-line.js';
import { hasExpired, type Steering, waitOf } from './steering.js';
import { Twins } from './twins.js';

/** Jobs with a priority that lie ready beside those that run. */
const MOST_AHEAD = 32;

/** A job, or a call that has more to give. */
type Steered = Job | JobSource;

/** What has to wait, or goes before others, or may have expired when there is room for it: the way of few calls. */
export class SteeringLine implements Route, JobsInLine {
  readonly #core: PoolEngine;
  readonly twins = new Twins();
  /** Those with a priority of their own. */
  readonly #waiting = new PriorityLine<Steered>();
  /** Jobs of those that processes may take, or have taken; a later one of a higher priority goes before those that nobody has begun. */
  readonly #handedOn = new Set<Job>();
  readonly #delayed = new RetrySchedule<Steered>(monotonicMs, (due) => {
    for (const one of due) this.#lineUp(one);
  });
  readonly #expiry = new RetrySchedule<Caller>(monotonicMs, (callers) => {
    for (const caller of callers) this.#expire(caller);
  });
  /** Of classes that have a limit. */
  readonly #gates = new Map<WorkerClass, LimitGate>();
  /** Jobs of those whose last attempt was told of with their answer. */
  readonly #haveRun = new WeakSet<Job>();
  /** Calls whose expiry is looked after. */
  readonly #limited = new WeakSet<Caller>();
  #isScheduled = false;
  #isClosed = false;

  constructor(core: PoolEngine) {
    this.#core = core;
  }

  // ── What it has of the way that it leads to ───────────────────────────────────────────────────────────────────────

  get name(): string {
    return this.#core.name;
  }

  get options(): ResolvedPoolOptions {
    return this.#core.options;
  }

  get isClosing(): boolean {
    return this.#core.isClosing;
  }

  get hasEnded(): boolean {
    return this.#core.hasEnded;
  }

  taskOf(worker: AnyWorker, prefix?: string): Task {
    return this.#core.taskOf(worker, prefix);
  }

  nextCall(): number {
    return this.#core.nextCall();
  }

  jobIdPrefix(task: Task, call: number): string {
    return this.#core.jobIdPrefix(task, call);
  }

  addCaller(caller: Caller): void {
    this.#core.addCaller(caller);
  }

  addRemoteCaller(caller: Caller): void {
    this.#core.addRemoteCaller(caller);
  }

  removeCaller(caller: Caller): void {
    this.#expiry.remove(caller);
    this.#core.removeCaller(caller);
  }

  admit(task: Task): void {
    this.#core.admit(task);
  }

  endCall(
    caller: Caller,
    source: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    this.#expiry.remove(caller);
    if (source !== undefined) this.#delayed.remove(source);
    this.#core.endCall(caller, source, reason, jobs);
  }

  // ── What comes ────────────────────────────────────────────────────────────────────────────────────────────────────

  submit(job: Job): void {
    this.admit(job.task);
    this.#limit(job.caller, job.steering);
    if (!this.#isTakenOver(job)) this.#wait(job);
  }

  addJobSource(source: JobSource): void {
    this.#limit(source, source.steering);
    if (source.steering !== undefined && hasExpired(source.steering)) this.#expire(source);
    else this.#wait(source);
  }

  /** Does a job not have to run, or not yet? */
  takesOver(job: Job): boolean {
    return this.#isTakenOver(job) || !this.#mayBegin(job);
  }

  /** May it begin as far as the limit of its class goes? Else it waits at its gate, or is answered. */
  #mayBegin(job: Job): boolean {
    const gate = this.#gateOf(job);
    if (gate === undefined) return true;
    try {
      return gate.enter(job, this.#begin) && !job.answered;
    } catch (error) {
      this.#core.refuse(job, asError(error));
      return false;
    }
  }

  readonly #begin = (job: Job) => this.#lineUp(job);

  #gateOf({ steering, task }: Job): Gate | undefined {
    const limit = steering?.limit;
    if (limit === undefined) return undefined;
    if (steering?.gate !== undefined) return steering.gate as Gate;
    const known = this.#gates.get(task.workerClass);
    if (known !== undefined) return known;
    const gate = new LimitGate(limit, {
      now: () => this.#core.now(),
      startedAt: (job) => this.#core.startedAt(job),
    });
    this.#gates.set(task.workerClass, gate);
    return gate;
  }

  /** Because another one runs for it, or it is too late for it? Then it has an answer, or will. */
  #isTakenOver(job: Job): boolean {
    const { steering } = job;
    if (steering === undefined || job.answered) return false;
    try {
      const effects = {
        run: (next: Job) => this.#wait(next),
        answer: (next: Job, response: Response<unknown>) => this.#core.answer(next, response),
      };
      if (this.twins.join(job, effects)) return true;
    } catch (error) {
      job.caller.fail(asError(error));
      return true;
    }
    if (!hasExpired(steering)) return false;
    this.#core.stopUnbegun(job, expired(job, steering));
    return true;
  }

  again(job: Job, delayMs: number): boolean {
    const { priority = 0, limit } = job.steering ?? {};
    if (this.#isClosed || (priority === 0 && limit === undefined)) return false;
    this.#handedOn.delete(job);
    if (delayMs > 0) this.#delayed.add(job, delayMs);
    else this.#lineUp(job);
    this.#soon();
    return true;
  }

  between(job: Job, isAtOnce: boolean): void {
    const gate = this.#gateOf(job);
    if (isAtOnce) gate?.comeAgain(job, this.#begin);
    else gate?.leave(job, true);
  }

  gone(job: Job): void {
    this.#gateOf(job)?.leave(job, this.#haveRun.has(job));
  }

  left(job: Job, response: Response<unknown> | undefined): void {
    if (job.steering?.limit && (response?.attempts.length ?? 0) > 0) this.#haveRun.add(job);
    this.#delayed.remove(job);
    this.#handedOn.delete(job);
    this.twins.left(job, response);
    this.#soon();
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  get waiting(): number {
    const waiting = this.#waiting.items().filter((one) => !isSource(one) && !one.answered).length;
    return [...this.#gates.values()].reduce((sum, gate) => sum + gate.waiting, waiting);
  }

  turned(): void {
    for (const gate of this.#gates.values()) gate.look();
    if (this.#waiting.size > 0 || this.#handedOn.size > 0) this.#handOn();
  }

  close(): void {
    this.#isClosed = true;
    this.#delayed.close();
    this.#expiry.close();
    this.#waiting.clear();
    this.#handedOn.clear();
    for (const gate of this.#gates.values()) gate.close();
  }

  #wait(one: Steered): void {
    if (this.#isClosed) return;
    const waitMs = one.steering === undefined ? 0 : waitOf(one.steering);
    if (waitMs <= 0) return this.#lineUp(one);
    if (!isSource(one)) one.queuedAt = this.#core.now() + waitMs;
    this.#delayed.add(one, waitMs);
  }

  #lineUp(one: Steered): void {
    if (this.#isClosed) return;
    const priority = one.steering?.priority ?? 0;
    if (isSource(one)) {
      if (one.isOver) return;
      if (priority === 0) return this.#core.addJobSource(one);
    } else {
      if (one.answered || !this.#mayBegin(one)) return;
      if (one.queuedAt === 0) one.queuedAt = this.#core.now();
      if (priority === 0) return this.#core.putInLine(one, false);
    }
    this.#waiting.add(one, priority);
    this.#soon();
  }

  // ── Priorities ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Not while an answer is given, which may bring others. */
  #soon(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#handOn();
    });
  }

  /** A process that is done takes another at once, without this process having a turn. */
  get #most(): number {
    const { processes, concurrency } = this.#core.options;
    return Math.max(1, processes) * concurrency + MOST_AHEAD;
  }

  #handOn(): void {
    if (this.#isClosed || this.#core.hasEnded) return;
    this.#takeBack();
    // Those of a paused class have found their place, and are in nobody's way.
    for (const job of this.#handedOn) if (this.#core.isPaused(job)) this.#handedOn.delete(job);
    while (this.#waiting.size > 0 && this.#handedOn.size < this.#most) {
      // What may wait does, as long as a process has others to run.
      if (this.#waiting.priority < 0 && this.#core.isFull) return;
      const job = this.#nextJob();
      if (job === undefined) continue;
      if (!this.#core.isPaused(job)) this.#handedOn.add(job);
      this.#core.putInLine(job, job.steering!.priority > 0);
    }
  }

  /** What nobody has begun goes behind what has come meanwhile: other jobs, where it may wait, and those of a higher priority. */
  #takeBack(): void {
    const { priority } = this.#waiting;
    // The last one first: then the first to be put there again has the slot of the first, and its place in the lane.
    for (const job of [...this.#handedOn].reverse()) {
      const own = job.steering!.priority;
      if (own >= priority && (own > 0 || !this.#core.isOverfull)) continue;
      if (!this.#core.takeBack(job)) continue;
      this.#handedOn.delete(job);
      this.#waiting.add(job, own);
    }
  }

  /** `undefined` where what was next has none. */
  #nextJob(): Job | undefined {
    const first = this.#waiting.first!;
    if (!isSource(first)) {
      this.#waiting.shift();
      if (first.caller.isOver && !first.answered) this.#core.stop(first, canceledBy(undefined));
      return first.answered ? undefined : first;
    }
    const job = first.isOver ? undefined : within(first.inContext, () => first.nextJob());
    // It says so when it has some again. What its input does may have brought others before it.
    if ((job === undefined || first.isDone) && this.#waiting.first === first) this.#waiting.shift();
    return job;
  }

  // ── Expiry ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #limit(caller: Caller, steering: Steering | undefined): void {
    if (steering?.expiresAtMs === undefined || this.#limited.has(caller)) return;
    this.#limited.add(caller);
    this.#expiry.add(caller, steering.expiresAtMs - monotonicMs());
  }

  /** Answers those jobs of a call that nobody has begun, those that it has not given yet included. */
  #expire(caller: Caller): void {
    if (this.#isClosed || caller.isOver) return;
    for (const job of caller.openJobs()) {
      const runs = this.twins.leaderOf(job);
      if (job.steering !== undefined && (runs === job || !this.#core.hasBegun(runs)))
        this.#core.stopUnbegun(job, expired(job, job.steering));
    }
    const source = caller as Partial<JobSource>;
    if (source.nextJob !== undefined) within(caller.inContext, () => void source.nextJob!());
  }
}

/** The one of a pool. */
export function steeringLineOf(core: PoolEngine): SteeringLine {
  if (core.line instanceof SteeringLine) return core.line;
  const line = new SteeringLine(core);
  core.line = line;
  return line;
}

function isSource(one: Steered): one is JobSource {
  return 'nextJob' in one;
}

function expired({ jobId }: Job, { expiresAfterMs }: Steering) {
  return { kind: 'canceled', error: new JobExpiredError(jobId, expiresAfterMs) } as const;
}
