import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Response } from '../../contracts/response.js';
import { JobTimeoutError, MprocError, PoolClosedError } from '../../errors/errors.js';
import { exitCodeOf } from '../../response/job-response.js';
import type { ResolvedPoolOptions } from '../options.js';
import { runningUnder, SlotState } from '../protocol.js';
import { Line } from '../transport/job-slots.js';
import { PoolSegment } from '../transport/pool-segment.js';
import { type Death, type ForkedProcess, isKill } from './child-process.js';
import { Collector, type Told } from './collector.js';
import { Deadlines } from './deadlines.js';
import { crashExitCode, crashOf, moduleLoadError, startError } from './death-errors.js';
import { Dispatcher } from './dispatcher.js';
import type { Feed } from './feed.js';
import { Fleet } from './fleet.js';
import type { Caller, Job, Stop } from './job.js';
import { divideMemory } from './memory-plan.js';
import { Outcomes } from './outcomes.js';
import { ParentLoop } from './parent-loop.js';
import { RetrySchedule } from './retry-schedule.js';
import type { Route } from './route.js';
import { SlotDesk } from './slot-desk.js';
import type { AnyWorker, Task } from './task.js';
import { TaskBook } from './task-book.js';
import { tellListeners } from './views.js';

/** Deaths in a row while a module was loading, after which it is held to be the cause. */
const LOAD_DEATHS = 2;
/** How much it counts when the process was killed, which is hardly ever the module's doing. */
const KILLED_LOAD = 0.1;
/** How long a module may load, at least, where its jobs have a time limit, in milliseconds. */
const LOAD_TIMEOUT_MS = 3_000;
/** A child is woken for this much work, in milliseconds, where jobs are small. */
const WAKE_WORTH_MS = 0.5;
const MOST_JOBS_PER_WAKE = 256;
/** What a timer can wait at most, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** An answer that comes within this time is worth looking out for, in milliseconds. */
const QUICK_MS = 0.2;

export interface CoreEvents {
  onSpawn(pid: number): void;
  onExit(death: Death): void;
  onAnswer(job: Job, response: Response<unknown>): void;
  onIdle(): void;
  /** Nothing is outstanding, and no call has more to come. */
  onQuiet(): void;
}

let pools = 0;

/** The parent's side of a pool: who waits, who runs, and what becomes of them. */
export class PoolCore implements Route {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly fleet: Fleet;
  readonly dispatcher: Dispatcher;
  readonly #segment: PoolSegment;
  readonly #desk: SlotDesk;
  readonly #collector: Collector;
  readonly #outcomes: Outcomes;
  readonly #schedule: RetrySchedule;
  readonly #deadlines: Deadlines;
  readonly #loop: ParentLoop;
  readonly #events: CoreEvents;
  readonly #tasks: TaskBook;
  readonly #callers = new Set<Caller>();
  readonly #killTimers = new Set<NodeJS.Timeout>();
  #calls = 0;
  /** How far the lines of jobs were when it was looked whether somebody takes them. */
  #takenBefore = -1;
  /** How long jobs run of late; long, until one has told. */
  #runMs = 1;
  /** Jobs that have not been answered. */
  outstanding = 0;
  isDestroyed = false;
  /** No new calls; those there are go on. */
  isClosing = false;

  constructor(options: ResolvedPoolOptions, events: CoreEvents) {
    this.options = options;
    this.#events = events;
    pools += 1;
    this.name = `${randomUUID().slice(0, 8)}-${pools.toString(36)}`;
    this.#segment = PoolSegment.create(divideMemory(options.memoryBytes, options.processes));
    this.#desk = new SlotDesk(this.#segment);
    this.#tasks = new TaskBook(this.name, this.#desk);
    this.fleet = new Fleet(this.#segment, options, {
      onRing: () => this.#loop.turn(),
      onSpawn: (child) => events.onSpawn(child.pid),
      onDeath: (child, death) => this.#onDeath(child, death),
      onUnusable: (death) => this.#onUnusable(death),
      isNeeded: () => this.outstanding > 0,
    });
    this.#collector = new Collector(this.#segment, {
      jobAt: (slot) => this.#desk.jobs[slot],
      onResult: (job, body, told) => this.#onResult(job, body, told),
      onFailure: (job, error, exitCode, told) => this.#onFailure(job, error, exitCode, told),
      onEvent: (job, type) => {
        if (!job.answered) void tellListeners(job, type as never, options.logger);
      },
      onProgress: (job, value) => {
        if (!job.answered) job.caller.progress(job, value);
      },
      onLoadFailed: (job, error) => this.#onLoadFailed(job, error),
      onNoticed: (job, state) => this.#onNoticed(job, state),
      onParcelTaken: (child) => this.fleet.parcelTaken(child),
      onRead: (child) => {
        this.fleet.heard(child);
        this.fleet.wakeStuck(child);
      },
    });
    this.#outcomes = new Outcomes({
      logger: options.logger,
      takeBack: (job) => this.#takeBack(job),
      again: (job, delayMs) => this.#again(job, delayMs),
      notify: (job) => this.#enqueue(job, Line.Urgent),
      answer: (job, response) => this.answer(job, response as Response<unknown>),
    });
    this.#schedule = new RetrySchedule(monotonicMs, (jobs) => {
      for (const job of jobs) this.#enqueue(job, Line.Usual);
    });
    this.#deadlines = new Deadlines(
      () => this.now(),
      (job, now) => this.#dueAt(job, now),
      (job) => this.#onDeadline(job),
    );
    this.dispatcher = new Dispatcher(this.#desk, {
      logger: options.logger,
      now: () => this.now(),
      wake: (placed, perWake) => this.fleet.wake(placed, this.#desk.slots.waiting, perWake, this.#runMs),
      jobsPerWake: () => Math.max(1, Math.min(MOST_JOBS_PER_WAKE, Math.floor(WAKE_WORTH_MS / this.#runMs))),
      evictIdle: () => this.#tasks.evictIdle(),
      refuse: (job, error) => {
        if (!job.answered) this.#outcomes.refused(job, error);
      },
    });
    this.#loop = new ParentLoop(this.#segment, {
      collect: (most) => this.#collector.collect(most),
      hasResults: () => this.#collector.hasMore(),
      pump: () => this.#pump(),
      inMemory: () => this.#desk.used,
      isHeldUp: () => this.#desk.slots.hasWaiting() && this.fleet.hasSleeper(),
      wakeForWaiting: () => this.#wakeForWaiting(),
      isQuick: () => this.#runMs < QUICK_MS,
      isPatient: () => this.#isPatient(),
      processes: options.processes,
    });
    this.fleet.fill();
  }

  /** Milliseconds since the segment was made. */
  now(): number {
    return monotonicMs() - this.#segment.epoch;
  }

  get inMemory(): number {
    return this.isDestroyed ? 0 : this.#desk.used;
  }

  get delayed(): number {
    return this.#schedule.size;
  }

  taskOf(worker: AnyWorker): Task {
    return this.#tasks.taskOf(worker);
  }

  addCaller(caller: Caller): void {
    this.#callers.add(caller);
  }

  removeCaller(caller: Caller): void {
    this.#callers.delete(caller);
    this.#tellIfQuiet();
  }

  jobIdPrefix(task: Task, call: number): string {
    return `${task.prefix}.${call}`;
  }

  nextCall(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** Counts a job that its caller is about to hand over. */
  admit(job: Job): void {
    if (this.outstanding === 0) this.#loop.holdOpen(true);
    this.outstanding += 1;
    job.task.pending += 1;
  }

  submit(job: Job): void {
    this.admit(job);
    job.queuedAt = this.now();
    this.#enqueue(job, Line.Usual);
  }

  addFeed(feed: Feed): void {
    this.dispatcher.addFeed(feed);
    this.#nudge();
  }

  /** More input has arrived for a feed. */
  nudge(): void {
    this.#nudge();
  }

  #nudge(): void {
    this.fleet.fillSoon();
    this.#loop.nudge();
  }

  #enqueue(job: Job, line: Line): void {
    this.dispatcher.add(job, line);
    this.#nudge();
  }

  #pump(): void {
    if (this.isDestroyed) return;
    this.dispatcher.pump();
  }

  #isPatient(): boolean {
    for (const caller of this.#callers) if (!caller.isPatient) return false;
    return true;
  }

  /** Jobs that wait although children sleep: others are woken where nobody takes any. */
  #wakeForWaiting(): void {
    const { slots } = this.#desk;
    const { taken, waiting } = slots;
    if (waiting > 0 && taken === this.#takenBefore) this.fleet.wakeMore();
    else if (waiting > 0) this.dispatcher.wakeFor(waiting);
    this.#takenBefore = taken;
  }

  // ── What the children tell ────────────────────────────────────────────────────────────────────────────────────────

  #onResult(job: Job, body: unknown, told: Told): void {
    this.#noteRun(told.endedAt - told.startedAt);
    this.#desk.release(job);
    job.task.loadDeaths = 0;
    if (job.answered) return this.#forget(job);
    const pid = this.fleet.children[told.child]?.pid ?? 0;
    this.#outcomes.succeeded(job, body, pid, told.startedAt, told.endedAt, told.state);
  }

  /** One job that took long because its process had to wait for a processor says nothing about the others. */
  #noteRun(ms: number): void {
    this.#runMs += (Math.min(ms, 4 * this.#runMs + 0.001) - this.#runMs) / 8;
  }

  #onFailure(job: Job, error: Error, exitCode: number | undefined, told: Told): void {
    if (job.answered) {
      this.#desk.release(job);
      return this.#forget(job);
    }
    const { startedAt, endedAt, state } = told;
    const pid = this.fleet.children[told.child]?.pid ?? 0;
    const stop = job.stop;
    job.stop = undefined;
    const cause = stop?.error ?? error;
    const code = stop === undefined ? (exitCode ?? exitCodeOf(error)) : exitCodeOf(cause);
    this.#outcomes.failed(job, {
      kind: stop === undefined ? 'error' : 'timeout',
      error: cause,
      exitCode: code,
      pid,
      startedAt,
      endedAt,
      state,
    });
  }

  #onNoticed(job: Job, state: Buffer | undefined): void {
    this.#desk.release(job);
    if (job.answered) return this.#forget(job);
    if (state !== undefined) job.state = state;
    job.afterNotice?.();
  }

  #onLoadFailed(job: Job, cause: Error): void {
    this.#desk.release(job);
    if (job.answered) return this.#forget(job);
    this.#failCaller(job, moduleLoadError(job.task, cause));
  }

  /** Nobody gets an answer to this call: its module cannot be loaded. */
  #failCaller(job: Job, error: Error): void {
    const { caller, task } = job;
    caller.fail(error);
    this.abandon(job);
    for (const other of this.#desk.jobs)
      if (other?.caller === caller && other.task === task) this.abandon(other);
  }

  /** Lets go of a job without an answer; one that runs is let go of when its process says so. */
  abandon(job: Job): void {
    if (job.answered || this.isDestroyed) return;
    job.answered = true;
    if (job.slot !== -1 && this.#desk.slots.withdraw(job.slot)) this.#desk.release(job);
    this.#schedule.remove(job);
    this.#settled(job);
  }

  /** A call is over, one way or another; jobs of it that are left are stopped. */
  endCall(caller: Caller, feed: Feed | undefined, reason: Error | undefined, jobs?: readonly Job[]): void {
    this.#callers.delete(caller);
    if (feed !== undefined) this.dispatcher.removeFeed(feed);
    if (this.isDestroyed) return;
    const stop: Stop = {
      kind: 'canceled',
      error: reason ?? new MprocError('ERR_JOB_CANCELED', 'nobody waits for the job'),
    };
    const left = jobs ?? this.#jobsOf(caller);
    for (const job of left) this.stop(job, stop);
    this.#tellIfQuiet();
  }

  #jobsOf(caller: Caller): Job[] {
    return this.#allJobs().filter((job) => job.caller === caller && !job.answered);
  }

  #allJobs(): Job[] {
    const placed = this.#desk.jobs.filter((job): job is Job => job !== undefined);
    return [...placed, ...this.dispatcher.jobs(), ...this.#schedule.jobs(), ...this.#outcomes.jobs()];
  }

  /** The job of an id, while it is not answered. */
  find(jobId: string): Job | undefined {
    // After the end the segment is gone, and nothing may look into it.
    if (this.isDestroyed) return undefined;
    return this.#allJobs().find((job) => job.jobId === jobId && !job.answered);
  }

  // ── Stopping ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops a job wherever it is, and answers it. */
  stop(job: Job, stop: Stop): void {
    if (job.answered) return;
    job.stop = stop;
    if (job.slot === -1 || this.#desk.slots.withdraw(job.slot)) {
      this.#schedule.remove(job);
      this.#desk.release(job);
      this.#outcomes.canceled(job, stop.error);
      return;
    }
    const endedAt = this.now();
    const startedAt = this.#startedAt(job) || endedAt;
    const child = this.#childOf(job);
    const pid = this.fleet.children[child]?.pid ?? 0;
    this.#outcomes.stopped(job, stop.error, { kind: 'error', pid, startedAt, endedAt });
    this.#endIfNotEnded(job, child);
  }

  #isRunning(job: Job): boolean {
    return job.slot !== -1 && (this.#desk.slots.stateOf(job.slot) & 3) === SlotState.Running;
  }

  #childOf(job: Job): number {
    return this.#desk.slots.stateOf(job.slot) >> 2;
  }

  /** When the attempt of a job that a process has taken began, or its module to load. */
  #startedAt(job: Job): number {
    return this.#desk.slots.startedAtOf(job.slot) || job.loadingSince;
  }

  /** A job that waits cannot be due before its whole time has passed from now; one whose module loads has a little more. */
  #dueAt(job: Job, now: number): number {
    if (!this.#isRunning(job)) return now + job.timeoutMs!;
    const startedAt = this.#desk.slots.startedAtOf(job.slot);
    if (startedAt !== 0) return startedAt + job.timeoutMs!;
    job.loadingSince ||= now;
    return job.loadingSince + Math.max(job.timeoutMs!, LOAD_TIMEOUT_MS);
  }

  #onDeadline(job: Job): void {
    if (job.answered || !this.#isRunning(job)) return;
    const isLoading = this.#desk.slots.startedAtOf(job.slot) === 0;
    const error = isLoading
      ? new JobTimeoutError(job.jobId, Math.max(job.timeoutMs!, LOAD_TIMEOUT_MS), 'waited for its module')
      : new JobTimeoutError(job.jobId, job.timeoutMs!);
    if (isLoading && this.#hasFailedToLoad(job, 1))
      return this.#failCaller(job, moduleLoadError(job.task, error));
    const child = this.#childOf(job);
    job.stop = { kind: 'timeout', error };
    // Where there is another attempt, it waits until this one has ended: no two run at once.
    if (job.task.strategy === undefined) {
      const startedAt = this.#startedAt(job);
      const pid = this.fleet.children[child]?.pid ?? 0;
      this.#outcomes.stopped(job, error, { kind: 'timeout', pid, startedAt, endedAt: this.now() });
    }
    this.#endIfNotEnded(job, child);
  }

  /** Asks a running job to end, and kills its process when it has not after a while. */
  #endIfNotEnded(job: Job, child: number): void {
    const { slot } = job;
    const process = this.fleet.children[child];
    this.#desk.slots.askToAbort(slot);
    process?.ring();
    const timer = setTimeout(() => {
      this.#killTimers.delete(timer);
      // It may have ended and the process be at its next job: what it has told comes first.
      this.#loop.turn();
      const isStillThere =
        this.#desk.jobs[slot] === job && this.#desk.slots.stateOf(slot) === runningUnder(child);
      if (!isStillThere || process === undefined || this.fleet.children[child] !== process) return;
      process.killedOnPurpose = true;
      process.kill('SIGKILL');
    }, this.options.killTimeoutMs);
    timer.unref();
    this.#killTimers.add(timer);
  }

  // ── Deaths ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #onDeath(child: ForkedProcess, death: Death): void {
    if (this.isDestroyed) return this.#events.onExit(death);
    const running = runningUnder(child.index);
    const loading = this.fleet.loadingSlotOf(child.index);
    this.#collector.collectLast(child.index);
    const left = this.#desk.jobs.filter(
      (job) => job !== undefined && this.#desk.slots.stateOf(job.slot) === running,
    );
    for (const job of left) this.#orphaned(job!, death, loading === job!.slot, child.killedOnPurpose);
    this.#events.onExit(death);
    this.#loop.nudge();
  }

  /** What becomes of a job whose process died under it. */
  #orphaned(job: Job, death: Death, wasLoading: boolean, onPurpose: boolean): void {
    const startedAt = this.#desk.slots.startedAtOf(job.slot);
    if (startedAt !== 0) job.task.loadDeaths = 0;
    if (job.answered) {
      this.#desk.release(job);
      return this.#forget(job);
    }
    if (job.notice !== undefined) {
      this.#desk.release(job);
      return job.afterNotice?.();
    }
    if (wasLoading && !onPurpose && this.#hasFailedToLoad(job, isKill(death) ? KILLED_LOAD : 1)) {
      this.#desk.release(job);
      return this.#failCaller(job, moduleLoadError(job.task, crashOf(job, death)));
    }
    const stop = job.stop;
    job.stop = undefined;
    if (stop === undefined && (onPurpose || startedAt === 0)) {
      this.#takeBack(job);
      return this.#enqueue(job, Line.Urgent);
    }
    const error = stop?.error ?? crashOf(job, death);
    const exitCode = stop === undefined ? crashExitCode(death) : exitCodeOf(error);
    const kind = stop === undefined ? 'crash' : 'timeout';
    const times = { startedAt: startedAt || job.loadingSince, endedAt: this.now() };
    this.#outcomes.failed(job, { kind, error, exitCode, pid: death.pid, ...times });
  }

  /** Counts a load that came to nothing; true when they are so many in a row that the module is held to be the cause. */
  #hasFailedToLoad({ task }: Job, weight: number): boolean {
    task.loadDeaths += weight;
    if (task.loadDeaths < LOAD_DEATHS) return false;
    task.loadDeaths = 0;
    return true;
  }

  #onUnusable(death: Death): void {
    const error = startError(death);
    for (const caller of [...this.#callers]) caller.fail(error);
    const waiting = [...this.dispatcher.clear(), ...this.#schedule.clear(), ...this.#outcomes.jobs()];
    for (const job of waiting) this.abandon(job);
    for (const job of this.#desk.jobs) if (job !== undefined) this.abandon(job);
  }

  // ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The slot is given back; what another attempt needs is kept. */
  #takeBack(job: Job): void {
    if (job.slot !== -1) this.#desk.keepArgs(job);
    this.#desk.release(job);
    job.loadingSince = 0;
  }

  #again(job: Job, delayMs: number | undefined): void {
    if (this.isDestroyed) return;
    job.fatal = undefined;
    job.queuedAt = this.now() + (delayMs ?? 0);
    // Its time limit is of an attempt, not of the job.
    this.#deadlines.watch(job);
    if (delayMs === undefined) this.#enqueue(job, Line.Urgent);
    else if (delayMs === 0) this.#enqueue(job, Line.Usual);
    else this.#schedule.add(job, delayMs);
  }

  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void {
    if (job.answered || this.isDestroyed) return;
    job.answered = true;
    this.#settled(job);
    this.#events.onAnswer(job, response);
    job.caller.settle(job, response);
  }

  #settled(job: Job): void {
    this.#deadlines.forget(job);
    this.#desk.forgetArgs(job);
    this.outstanding -= 1;
    if (job.slot === -1) this.#forget(job);
    if (this.outstanding > 0) return;
    this.#loop.holdOpen(false);
    this.#events.onIdle();
    this.#tellIfQuiet();
  }

  get isQuiet(): boolean {
    if (this.outstanding > 0) return false;
    for (const caller of this.#callers) if (caller.holdsOpen) return false;
    return true;
  }

  #tellIfQuiet(): void {
    if (this.isClosing && this.isQuiet) this.#events.onQuiet();
  }

  #forget(job: Job): void {
    this.#tasks.jobGone(job.task);
  }

  watch(job: Job): void {
    if (job.answered) return;
    this.#deadlines.watch(job);
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Every promise is settled when this returns; the processes are gone when its own is. */
  async destroy(
    reason: Error = new PoolClosedError('the pool was destroyed before the job was done'),
  ): Promise<void> {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.isClosing = true;
    // The children do not keep this process, but whoever waits for their end must live to see it.
    const awake = setInterval(() => {}, LONGEST_TIMER_MS);
    const gone = this.fleet.kill();
    this.#loop.stop();
    this.#deadlines.stop();
    for (const timer of this.#killTimers) clearTimeout(timer);
    this.dispatcher.clear();
    this.#schedule.clear();
    for (const caller of [...this.#callers]) caller.fail(reason);
    this.#callers.clear();
    this.outstanding = 0;
    this.#desk.close();
    await gone;
    clearInterval(awake);
    this.#segment.close();
  }
}
