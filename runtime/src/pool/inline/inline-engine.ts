import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearInterval, LONGEST_TIMER_MS, setImmediate, setInterval } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import type { Recorder } from '../../trace/recorder.js';
import { forgetInstanceRule, pack, useInstanceRule } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';
import { setUp, tearDown } from '../../worker/class-setup.js';
import { originOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import { tellEnd } from '../channels/job-channel.js';
import { Utilisation } from '../figures/utilisation.js';
import type { Caller } from '../jobs/caller.js';
import { canceledBy, type Job, type Stop } from '../jobs/job.js';
import { JobLookup } from '../jobs/job-lookup.js';
import type { JobSource } from '../jobs/job-source.js';
import { keepFailedOf } from '../jobs/keep-failed.js';
import { OpenCalls } from '../jobs/open-calls.js';
import { RetrySchedule } from '../jobs/retry-schedule.js';
import type { AnyWorker, Task } from '../jobs/task.js';
import { TaskRegistry } from '../jobs/task-registry.js';
import { moduleOf } from '../jobs/worker-module.js';
import type { ResolvedPoolOptions } from '../options.js';
import { Outcomes } from '../parent/ending/outcomes.js';
import type { BroadcastAnswer } from '../parent/processes/broadcasts.js';
import { moduleLoadError } from '../parent/processes/death-errors.js';
import type { EngineEvents, JobsInLine, PoolEngine } from '../pool-engine.js';
import { type EngineStats, sumOfBusyMs } from '../pool-stats.js';
import type { Notice } from '../protocol.js';
import { InlineAttempt } from './inline-attempt.js';
import { broadcastHere } from './inline-broadcast.js';
import { JobLine } from './job-line.js';
import { readPacked } from './round-trip.js';
import { RunningJobs } from './running-jobs.js';

type Events = Pick<EngineEvents, 'onAnswer' | 'onIdle' | 'onQuiet'>;

let engines = 0;

/**
 * Runs the jobs of a pool in this process: for tests and debuggers. What values become, and what follows an attempt, is as
 * with processes. What only a process can is not: a job that never waits cannot be stopped, and one that ends its process
 * ends this one. With 0 processes it runs nothing, and knows the calls alone that others answer.
 */
export class InlineEngine implements PoolEngine {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly supervisor = { alive: 0, pids: [], spawned: 0, drain: () => this.#drain() };
  readonly inMemory = 0;
  outstanding = 0;
  isClosing = false;
  hasEnded = false;
  line: JobsInLine | undefined;
  readonly #events: Events;
  readonly #began = monotonicMs();
  readonly #tasks: TaskRegistry;
  readonly #calls = new OpenCalls();
  readonly #lookup = new JobLookup(this.#calls, { all: () => [] }, () => {});
  readonly #line = new JobLine();
  readonly #outcomes: Outcomes;
  readonly #schedule: RetrySchedule;
  readonly #running: RunningJobs;
  readonly #packedArgs = new WeakMap<Job, Buffer>();
  readonly #classes = new Set<WorkerClass>();
  readonly #utilisation = new Utilisation();
  #isTurning = false;
  #isHeldUp = false;
  #isDraining = false;
  #awake: NodeJS.Timeout | undefined;

  constructor(options: ResolvedPoolOptions, events: Events) {
    this.options = options;
    this.#events = events;
    engines += 1;
    this.name = `${randomUUID().slice(0, 8)}-inline${engines}`;
    this.#tasks = new TaskRegistry(this.name, { releaseTask() {} }, (workerClass) =>
      this.mustBeRunnable(workerClass),
    );
    this.#schedule = new RetrySchedule(monotonicMs, (jobs) => {
      for (const job of jobs) this.#line.add(job);
      this.#nudge();
    });
    this.#outcomes = new Outcomes({
      logger: options.logger,
      takeBack: () => {},
      hasEnded: () => this.hasEnded,
      again: (job, delayMs) => this.#again(job, delayMs),
      notify: (job) => void this.#notify(job),
      answer: (job, response) => this.answer(job, response),
      answerPlain: () => {},
      keepFailed: keepFailedOf(options, (job) => this.#packedArgs.get(job)!),
    });
    this.#running = new RunningJobs({
      outcomes: this.#outcomes,
      killTimeoutMs: options.killTimeoutMs,
      now: () => this.now(),
      hasEnded: () => this.hasEnded,
      letGo: (job) => {
        if (job.answered && job.steering?.limit !== undefined) this.line?.gone(job);
        this.#nudge();
      },
    });
  }

  now(): number {
    return monotonicMs() - this.#began;
  }

  get delayed(): number {
    return this.#schedule.size + (this.line?.delayed ?? 0);
  }

  get recorder(): Recorder | undefined {
    return this.#outcomes.recorder;
  }

  set recorder(recorder: Recorder | undefined) {
    this.#outcomes.recorder = recorder;
  }

  /** This process lives for other things, too: what it could run counts from when the pool was made. */
  stats(): EngineStats {
    const now = this.now();
    const { figures } = this.#tasks;
    const busyMs = this.#running.busyMs(now) + sumOfBusyMs(figures);
    const livedMs = now * this.options.concurrency;
    return {
      restarts: { retired: 0, stopped: 0, crashed: 0, corrupt: 0 },
      running: this.#running.size,
      waiting: this.#line.size + (this.line?.waiting ?? 0),
      oldestWaitingMs: now - (this.#line.oldestAt ?? now),
      utilisation: this.#utilisation.read(busyMs, livedMs, now),
      busyMs,
      livedMs,
      classes: figures.map((one) => one.stats()),
    };
  }

  get isQuiet(): boolean {
    return this.outstanding <= 0 && !this.#calls.haveMore();
  }

  taskOf(worker: AnyWorker, prefix?: string): Task {
    this.#useOwnRule();
    return this.#tasks.taskOf(worker, prefix);
  }

  /** It is there already; nobody loads it again. */
  mustBeRunnable(workerClass: WorkerClass): void {
    moduleOf(workerClass);
  }

  #useOwnRule(): void {
    if (!this.hasEnded) useInstanceRule(this.options.instances, this.options.logger.warn);
  }

  nextCall(): number {
    return this.#calls.nextNumber();
  }

  jobIdPrefix(task: Task, call: number): string {
    return `${task.prefix}.${call}`;
  }

  addCaller(caller: Caller): void {
    this.#calls.add(caller, true);
  }

  addRemoteCaller(caller: Caller): void {
    this.#calls.add(caller, false);
  }

  removeCaller(caller: Caller): void {
    this.#calls.remove(caller);
    this.#tellIfQuiet();
  }

  admit(task: Task): void {
    this.#awake ??= setInterval(() => {}, LONGEST_TIMER_MS);
    this.outstanding += 1;
    this.#tasks.jobCame(task);
  }

  submit(job: Job): void {
    this.admit(job.task);
    job.queuedAt = this.now();
    this.#line.add(job);
    this.#nudge();
  }

  putInLine(job: Job, inFront: boolean): void {
    if (this.hasEnded) return;
    if (inFront) this.#line.addUrgent(job);
    else this.#line.add(job);
    this.#nudge();
  }

  get isFull(): boolean {
    return this.#mayRun >= this.options.concurrency;
  }

  get isOverfull(): boolean {
    return this.#mayRun > this.options.concurrency;
  }

  /** Jobs that run or could. */
  get #mayRun(): number {
    return this.#running.size + this.#line.mayBegin;
  }

  takeBack(job: Job): boolean {
    return !this.hasEnded && !this.hasBegun(job) && this.#line.takeOut(job);
  }

  hasBegun(job: Job): boolean {
    return job.attempt > 1 || job.earlier !== undefined || this.#running.has(job);
  }

  startedAt(job: Job): number {
    return this.#running.begunAt(job);
  }

  refuse(job: Job, error: Error): void {
    if (!job.answered && !this.hasEnded) this.#outcomes.refused(job, error);
  }

  stopUnbegun(job: Job, stop: Stop): void {
    if (!this.hasBegun(job)) this.stop(job, stop);
  }

  addJobSource(source: JobSource): void {
    this.#line.addSource(source);
    this.#nudge();
  }

  pause(workerClass: WorkerClass, isPaused: boolean): void {
    if (isPaused) this.#line.pause(workerClass);
    else this.#line.resume(workerClass, (job) => this.line?.again(job, 0) ?? false);
    this.#nudge();
  }

  isPaused(job: Job): boolean {
    return this.#line.isPaused(job);
  }

  paused(): string[] {
    return this.#line.pausedClasses;
  }

  lendBy(): boolean {
    return false;
  }

  holdUp(held: boolean): void {
    this.#isHeldUp = held;
    if (!held) this.#nudge();
  }

  #nudge(): void {
    if (this.#isTurning || this.hasEnded) return;
    this.#isTurning = true;
    // A turn of the event loop for each job, as timers and signals are to come through.
    setImmediate(() => {
      this.#isTurning = false;
      this.#beginNext();
    });
  }

  #beginNext(): void {
    const mayBegin = !this.hasEnded && !this.#isHeldUp && !this.#isDraining;
    if (!mayBegin || this.#running.size >= this.options.concurrency) return;
    this.line?.turned();
    this.#useOwnRule();
    const job = this.#line.next();
    if (job === undefined) return this.#tellIfIdle();
    if (job.caller.isOver && !job.answered) this.stop(job, canceledBy(undefined));
    else void this.#begin(job);
    this.#nudge();
  }

  async #begin(job: Job): Promise<void> {
    if (job.queuedAt === 0) job.queuedAt = this.now();
    const { workerClass } = job.task;
    const packed = this.#argsOf(job);
    if (packed === undefined) return;
    const makeAttempt = () => {
      this.#classes.add(workerClass);
      return this.#attemptOf(job);
    };
    await this.#running.run(job, packed, makeAttempt, () => this.#setUp(job));
  }

  /** Packed with the first attempt, as the job may change what it is given. */
  #argsOf(job: Job): Buffer | undefined {
    try {
      const packed = this.#packedArgs.get(job) ?? Buffer.from(pack(job.args, 'args'));
      this.#packedArgs.set(job, packed);
      return packed;
    } catch (error) {
      this.#outcomes.refused(job, asError(error));
      return undefined;
    }
  }

  #attemptOf(job: Job): InlineAttempt {
    const attempt = job.attempt;
    return new InlineAttempt(job, this.options.logger, (value) => {
      if (!job.answered && job.attempt === attempt) job.caller.progress(job, value);
    });
  }

  /** Loads a bare function, and sets up. Where that fails, the call has no answers, as where a module fails. */
  async #setUp(job: Job): Promise<void> {
    try {
      const { workerClass } = job.task;
      await originOf(workerClass)?.load?.();
      await setUp(workerClass, this.options.setupTimeoutMs);
    } catch (error) {
      if (job.answered || this.hasEnded) return;
      job.caller.fail(moduleLoadError(job.task, asError(error)));
      this.abandon(job);
    }
  }

  stop(job: Job, stop: Stop): void {
    if (job.answered || job.isEnding || this.hasEnded) return;
    job.stop = stop;
    if (this.#running.stop(job, stop.error)) return;
    this.#schedule.remove(job);
    if (job.notice !== undefined) this.#outcomes.stoppedBetween(job, stop.error);
    else this.#outcomes.canceled(job, stop.error);
  }

  #again(job: Job, delayMs: number | undefined): void {
    if (this.hasEnded) return;
    job.queuedAt = this.now() + (delayMs ?? 0);
    if (job.steering?.limit !== undefined) {
      this.line?.between(job, delayMs === undefined);
      if (delayMs === undefined) return;
    }
    if (delayMs !== undefined && this.line?.again(job, delayMs)) return;
    if (delayMs !== undefined && delayMs > 0) return this.#schedule.add(job, delayMs);
    if (delayMs === undefined) this.#line.addUrgent(job);
    else this.#line.add(job);
    this.#nudge();
  }

  /** Tells the listeners of the class, which a process would tell. */
  async #notify(job: Job): Promise<void> {
    const notice = readPacked(job.notice!, 'error') as Notice;
    try {
      const state = await this.#attemptOf(job).notice(notice);
      if (state !== undefined) job.state = state;
    } catch (error) {
      this.options.logger.error(`listeners of job ${job.jobId} were not told:`, error);
    }
    if (!job.answered && !this.hasEnded) job.afterNotice?.();
  }

  find(jobId: string): Job | undefined {
    return this.hasEnded ? undefined : this.#lookup.withId(jobId);
  }

  answer(job: Job, response: Response<unknown>): void {
    if (job.answered || this.hasEnded) return;
    job.answered = true;
    this.#closeJob(job, response);
    this.#events.onAnswer(job.caller, response, job);
    job.caller.settle(job.index, response);
    this.#tellIfIdle();
  }

  withdraw(job: Job): boolean {
    if (job.answered || job.isEnding || job.notice !== undefined || this.#running.has(job)) return false;
    this.abandon(job);
    return true;
  }

  abandon(job: Job): void {
    if (job.answered || this.hasEnded) return;
    job.answered = true;
    this.#schedule.remove(job);
    this.#closeJob(job, undefined);
    this.#tellIfIdle();
  }

  #closeJob(job: Job, response: Response<unknown> | undefined): void {
    if (job.message !== undefined) tellEnd(job, response);
    job.caller.jobClosed?.(job);
    if (job.steering !== undefined) this.line?.left(job, response);
    if (job.steering?.limit !== undefined && !this.#running.has(job)) this.line?.gone(job);
    this.#tasks.jobGone(job.task);
    this.outstanding -= 1;
  }

  #tellIfIdle(): void {
    // A call may have another one to give.
    if (this.outstanding > 0 || this.hasEnded || this.#awake === undefined || this.#line.hasSources) return;
    this.#sleep();
    this.#events.onIdle();
    this.#tellIfQuiet();
  }

  #sleep(): void {
    clearInterval(this.#awake);
    this.#awake = undefined;
  }

  #tellIfQuiet(): void {
    if (this.isClosing && this.isQuiet) this.#events.onQuiet();
  }

  endCall(
    caller: Caller,
    source: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    this.#calls.remove(caller);
    if (source !== undefined) this.#line.removeSource(source);
    if (this.hasEnded) return;
    for (const job of jobs ?? caller.openJobs()) this.stop(job, canceledBy(reason));
    this.#tellIfQuiet();
  }

  broadcast(
    workerClass: WorkerClass,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]> {
    if (this.options.processes === 0) return Promise.resolve([]);
    this.#useOwnRule();
    this.#classes.add(workerClass);
    return broadcastHere(workerClass, message, timeoutMs, this.options.setupTimeoutMs);
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    await this.#running.still();
    const { teardownTimeoutMs, logger } = this.options;
    const report = (message: string, error: unknown) => logger.error(message, error);
    await tearDown(teardownTimeoutMs, report, (workerClass) => this.#classes.has(workerClass));
  }

  async destroy(
    reason: Error = new PoolClosedError('the pool was destroyed before the job was done'),
    gives = false,
  ): Promise<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.isClosing = true;
    this.#line.clear();
    this.#schedule.close();
    this.line?.close();
    this.#running.abandon();
    for (const job of this.#calls.toldJobs()) tellEnd(job, undefined);
    if (gives) this.#calls.giveRest(reason);
    else this.#calls.fail(reason);
    this.#calls.clear();
    this.outstanding = 0;
    this.#sleep();
    forgetInstanceRule(this.options.logger.warn);
  }
}
