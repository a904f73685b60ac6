import { randomUUID } from 'node:crypto';
import type { CoreCode } from '../../cache/code-cache.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearInterval, LONGEST_TIMER_MS, setInterval } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import { firstSuccess } from '../../response/job-response.js';
import { forgetInstanceRule, useInstanceRule } from '../../values/index.js';
import type { WorkerClass } from '../../worker/worker.js';
import { coreCode } from '../core-code.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { PoolEngine } from '../pool-engine.js';
import { Lane } from '../transport/job-slots.js';
import { PoolSegment } from '../transport/pool-segment.js';
import { BlockedProcesses } from './blocked-processes.js';
import { type BroadcastAnswer, Broadcasts } from './broadcasts.js';
import type { Bundle } from './bundle.js';
import { NO_OUTPUT } from './child-output.js';
import type { Death, ForkedProcess } from './child-process.js';
import { ChildSupervisor } from './child-supervisor.js';
import { CrashRecovery } from './crash-recovery.js';
import { Deadlines } from './deadlines.js';
import { startError } from './death-errors.js';
import { Dispatcher } from './dispatcher.js';
import { type Caller, canceledBy, type Job, type Stop } from './job.js';
import { JobLookup } from './job-lookup.js';
import type { JobSource } from './job-source.js';
import { MemoryCheck } from './memory-check.js';
import { divideMemory } from './memory-plan.js';
import { OpenCalls } from './open-calls.js';
import { Outcomes } from './outcomes.js';
import { ParentLoop } from './parent-loop.js';
import { ProgramGuard } from './program-guard.js';
import { ReportHandler } from './report-handler.js';
import { ReportReceiver } from './report-receiver.js';
import { RetrySchedule } from './retry-schedule.js';
import { SlotAllocator } from './slot-allocator.js';
import { type AnyWorker, placeOf, type Task } from './task.js';
import { TaskRegistry } from './task-registry.js';
import { Termination } from './termination.js';
import { TimeLimits } from './time-limits.js';
import { WakePolicy } from './wake-policy.js';

export interface CoreEvents {
  onSpawn(pid: number): void;
  onExit(death: Death): void;
  onAnswer(caller: Caller, response: Response<unknown>): void;
  /** A job has succeeded. `false` where somebody wants its response now: then it is told by `onAnswer`, and this changes nothing. */
  onUnseenSuccess(): boolean;
  onIdle(): void;
  /** Nothing is outstanding, and no call has more to come. */
  onQuiet(): void;
}

let pools = 0;

/** The parent's side of a pool: who waits, who runs, and what becomes of them. */
export class PoolCore implements PoolEngine {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly supervisor: ChildSupervisor;
  readonly #guard = new ProgramGuard();
  readonly #segment: PoolSegment;
  readonly #allocator: SlotAllocator;
  readonly #outcomes: Outcomes;
  readonly #schedule: RetrySchedule;
  readonly #deadlines: Deadlines;
  readonly #termination: Termination;
  readonly #recovery: CrashRecovery;
  readonly #memory: MemoryCheck;
  readonly #blocked: BlockedProcesses;
  readonly #reportReceiver: ReportReceiver;
  readonly #dispatcher: Dispatcher;
  readonly #loop: ParentLoop;
  readonly #waking: WakePolicy;
  readonly #events: CoreEvents;
  readonly #tasks: TaskRegistry;
  readonly #calls = new OpenCalls();
  readonly #broadcasts = new Broadcasts();
  readonly #lookup: JobLookup;
  /** Jobs that have not been answered. */
  outstanding = 0;
  isDestroyed = false;
  /** What jobs bring is not taken as fast as it comes, so no further job is begun. */
  #isHeldUp = false;
  /** No new calls; those there are go on. */
  isClosing = false;
  /** Jobs are outstanding, and `onIdle` has not been told since. */
  #isBusy = false;

  constructor(options: ResolvedPoolOptions, events: CoreEvents) {
    this.options = options;
    this.#events = events;
    pools += 1;
    this.name = `${randomUUID().slice(0, 8)}-${pools.toString(36)}`;
    // Reads files, which may fail: before there is anything to be given back.
    const code = coreCode();
    this.#segment = PoolSegment.create(
      divideMemory(options.memoryBytes, options.processes, options.concurrency),
    );
    this.#allocator = new SlotAllocator(this.#segment, options.processes * options.concurrency);
    this.#tasks = new TaskRegistry(this.name, this.#allocator, (workerClass) =>
      this.mustBeRunnable(workerClass),
    );
    this.supervisor = new ChildSupervisor(this.#segment, code, options, {
      onRing: () => this.#loop.turn(),
      onMessage: (child, message) => this.#broadcasts.onMessage(child, message),
      onSpawn: (child) => events.onSpawn(child.pid),
      onExit: () => this.#onExit(),
      onDeath: (child, death) => this.#onDeath(child, death),
      onUnusable: (death) => this.#onUnusable(death),
      isNeeded: () => this.outstanding > 0,
    });
    this.#outcomes = new Outcomes({
      logger: options.logger,
      hasEnded: () => this.isDestroyed,
      takeBack: (job) => this.#takeBack(job),
      again: (job, delayMs) => this.#again(job, delayMs),
      notify: (job) => this.#enqueue(job, Lane.Urgent),
      answer: (job, response) => this.answer(job, response),
      answerPlain: (task, caller, index, body) => this.#answerPlain(task, caller, index, body),
    });
    this.#schedule = new RetrySchedule(monotonicMs, (jobs) => {
      for (const job of jobs) this.#enqueue(job, Lane.Usual);
    });
    const now = () => this.now();
    const keepsOutput = options.output === 'response';
    this.#termination = new Termination(this.#allocator, this.supervisor, this.#outcomes, this.#schedule, {
      killTimeoutMs: options.killTimeoutMs,
      keepsOutput,
      now,
      catchUp: () => this.#loop.turn(),
      leftLane: () => this.#dispatcher.leftLane(),
      settled: (job) => this.#settled(job),
    });
    const limits = new TimeLimits(
      this.#allocator,
      this.#termination,
      options.processes,
      options.setupTimeoutMs,
    );
    this.#deadlines = new Deadlines(
      now,
      (job, at) => limits.dueAt(job, at),
      (job) => limits.onDue(job, this.now()),
    );
    const waking = new WakePolicy(this.#allocator, this.supervisor);
    const forget = (job: Job) => this.#forget(job);
    const unbundle = (bundle: Bundle) => this.#unbundle(bundle);
    const runElsewhere = (job: Job) => {
      this.#takeBack(job);
      this.#enqueue(job, Lane.Urgent);
    };
    const reports = new ReportHandler(
      this.#allocator,
      this.supervisor,
      waking,
      this.#outcomes,
      this.#termination,
      {
        logger: options.logger,
        keepsOutput,
        forget,
        unbundle,
        resultLost: (job, report) => this.#recovery.resultLost(job, report),
      },
    );
    const reportReceiver = new ReportReceiver(this.#segment, reports);
    this.#reportReceiver = reportReceiver;
    this.#recovery = new CrashRecovery(
      this.#allocator,
      this.supervisor,
      reportReceiver,
      this.#outcomes,
      this.#termination,
      {
        keepsOutput,
        now,
        hasEnded: () => this.isDestroyed,
        forget,
        enqueue: (jobs) => {
          for (const job of jobs) this.#enqueue(job, Lane.Urgent);
        },
        runElsewhere,
      },
    );
    this.#memory = new MemoryCheck(this.#segment, this.#allocator, this.supervisor, {
      catchUp: () => reportReceiver.collect(reportReceiver.mostUnread),
      hasEnded: () => this.isDestroyed,
      lose: (job) => this.#recovery.lost(job),
      end: (job, child) => this.#termination.end(job, child),
    });
    this.#blocked = new BlockedProcesses(this.supervisor);
    this.#dispatcher = new Dispatcher(this.#allocator, this.supervisor, waking, {
      logger: options.logger,
      now,
      takeBack: (job) => this.#takeBack(job),
      evictIdle: () => this.#tasks.evictIdle(),
      leave: (job) => this.stop(job, canceledBy(undefined)),
      leaveAll: (jobSource) => this.#stopAll(this.#lookup.of(jobSource), undefined),
      refuse: (job, error) => {
        const isStopped = job.answered || job.notice !== undefined;
        if (!isStopped && !this.isDestroyed) this.#outcomes.refused(job, error);
      },
      placed: (job) => this.#deadlines.watch(job),
    });
    this.#lookup = new JobLookup(this.#calls, this.#allocator.bundles, unbundle);
    const isAwake = (child: number) => this.supervisor.isAwake(child);
    this.#waking = waking;
    this.#loop = new ParentLoop(this.#segment, {
      collect: (most) => reportReceiver.collect(most),
      unread: () => reportReceiver.unread,
      willBeRung: () => reportReceiver.ofUnread(isAwake),
      pump: () => {
        if (this.isDestroyed || this.#isHeldUp) return;
        this.#useOwnRule();
        this.#dispatcher.pump();
      },
      inMemory: () => this.#allocator.inMemory,
      isHeldUp: () => waking.isHeldUp(),
      mayStall: () => !this.#allocator.bundles.isEmpty || this.supervisor.takers < options.processes,
      unstall: () => this.#unstall(),
      wakeForWaiting: () => waking.wakeForWaiting(),
      checkMemory: () => {
        this.#memory.look();
        if (!this.isDestroyed) this.#endBlocked();
      },
      wakeUnheard: () => waking.wakeUnheard(),
      isQuick: () => waking.isQuick,
      isPatient: () => this.#calls.arePatient(),
      processes: options.processes,
      takers: () => this.supervisor.takers,
    });
    this.supervisor.fill();
    this.#completeSegment(code);
  }

  /** @throws MprocError `ERR_MEMORY_FULL` */
  #completeSegment(code: CoreCode): void {
    try {
      this.#segment.complete(code.bytes);
    } catch (error) {
      void this.destroy();
      throw error;
    }
  }

  /** Milliseconds since the segment was made. */
  now(): number {
    return monotonicMs() - this.#segment.epoch;
  }

  get inMemory(): number {
    return this.isDestroyed ? 0 : this.#allocator.inMemory;
  }

  /** Nothing is taken any more, not even what others have asked for. */
  get hasEnded(): boolean {
    return this.isDestroyed;
  }

  get delayed(): number {
    return this.#schedule.size;
  }

  /** Of what is packed from now on; another pool of this program may have another rule. */
  #useOwnRule(): void {
    if (!this.isDestroyed) useInstanceRule(this.options.instances, this.options.logger.warn);
  }

  taskOf(worker: AnyWorker): Task {
    this.#useOwnRule();
    return this.#tasks.taskOf(worker);
  }

  mustBeRunnable(workerClass: WorkerClass): void {
    this.#guard.check(workerClass);
  }

  /** Sends a message to a class in all processes that live. */
  broadcast(
    workerClass: WorkerClass,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]> {
    this.#useOwnRule();
    const children = this.supervisor.children.filter((child) => child?.isAlive === true);
    return this.#broadcasts.send(children as ForkedProcess[], placeOf(workerClass), message, timeoutMs);
  }

  addCaller(caller: Caller): void {
    this.#calls.add(caller, true);
  }

  /** One whose jobs lie on queues, from where they cannot be taken back. */
  addRemoteCaller(caller: Caller): void {
    this.#calls.add(caller, false);
  }

  removeCaller(caller: Caller): void {
    this.#calls.remove(caller);
    this.#tellIfQuiet();
  }

  jobIdPrefix(task: Task, call: number): string {
    return `${task.prefix}.${call}`;
  }

  nextCall(): number {
    return this.#calls.nextNumber();
  }

  admit(task: Task): void {
    if (!this.#isBusy) this.#loop.holdOpen(true);
    this.#isBusy = true;
    this.outstanding += 1;
    this.#tasks.jobCame(task);
  }

  submit(job: Job): void {
    this.admit(job.task);
    job.queuedAt = this.now();
    this.#enqueue(job, Lane.Usual);
  }

  addJobSource(jobSource: JobSource): void {
    this.#dispatcher.addJobSource(jobSource);
    this.#nudge();
  }

  /** Lets jobs wait where they are, or go on. */
  holdUp(held: boolean): void {
    this.#isHeldUp = held;
    if (!held) this.#nudge();
  }

  /** There is more to do: input for a source, a job in a lane. */
  #nudge(): void {
    this.supervisor.fillSoon();
    this.#loop.nudge();
  }

  #enqueue(job: Job, lane: Lane): void {
    this.#dispatcher.add(job, lane);
    this.#nudge();
  }

  /** Ends a bundle; those jobs of it that nobody has begun go on by themselves, before others. */
  #unbundle(bundle: Bundle): void {
    for (const job of this.#allocator.bundles.end(bundle)) this.#enqueue(job, Lane.Urgent);
  }

  #unstall(): void {
    for (const bundle of this.#allocator.bundles.slowOnes(this.now())) this.#unbundle(bundle);
  }

  #endBlocked(): void {
    for (const ended of this.#blocked.look(this.#allocator.slots.hasWaiting()))
      this.options.logger.warn(
        `process ${ended} was ended: it ran no job and took none that waited for 10 seconds; something that a job left behind keeps it busy`,
      );
  }

  // ── Ends from outside ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Whatever the child was to do, take a job or ring this process, others do from now on. */
  #onExit(): void {
    if (this.isDestroyed) return;
    this.#waking.wakeAfterDeath();
    this.#loop.nudge();
  }

  #onDeath(child: ForkedProcess, death: Death): void {
    this.#broadcasts.onDeath(child, death);
    if (!this.isDestroyed) this.#recovery.recover(child, death);
    // What has killed it may have been a stray write, and not the first one.
    if (!this.isDestroyed) this.#memory.look();
    this.#events.onExit(death);
    this.#loop.nudge();
  }

  /** No process can be started, so nobody gets an answer. */
  #onUnusable(death: Death): void {
    if (this.isDestroyed) return;
    this.#calls.fail(startError(death));
    for (const bundle of this.#allocator.bundles.all()) this.#unbundle(bundle);
    const waiting = [...this.#dispatcher.clear(), ...this.#schedule.clear(), ...this.#outcomes.jobs()];
    for (const job of waiting) this.abandon(job);
    for (const job of this.#allocator.jobs()) this.abandon(job);
  }

  /** Stops a job wherever it is, and answers it. */
  stop(job: Job, stop: Stop): void {
    this.#termination.stop(job, stop);
  }

  /** Lets go of a job without an answer. */
  abandon(job: Job): void {
    this.#termination.abandon(job);
  }

  /** A call is over, one way or another; jobs of it that are left are stopped. */
  endCall(
    caller: Caller,
    jobSource: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    this.#calls.remove(caller);
    if (jobSource !== undefined) this.#dispatcher.removeJobSource(jobSource);
    if (this.isDestroyed) return;
    this.#stopAll(jobs ?? this.#lookup.of(caller), reason);
    this.#tellIfQuiet();
  }

  #stopAll(jobs: readonly Job[], reason: Error | undefined): void {
    const stop = canceledBy(reason);
    for (const job of jobs) this.stop(job, stop);
  }

  /** The job of an id, while it is not answered. */
  find(jobId: string): Job | undefined {
    // After the end the segment is gone, and nothing may look into it.
    if (this.isDestroyed) return undefined;
    return this.#lookup.withId(jobId);
  }

  // ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The slot is given back; what another attempt needs is kept. */
  #takeBack(job: Job): void {
    // Its time limit is of an attempt, not of the job.
    this.#deadlines.forget(job);
    if (job.slot !== -1) this.#allocator.keepArgs(job);
    this.#allocator.release(job);
    job.loadingSince = 0;
  }

  #again(job: Job, delayMs: number | undefined): void {
    if (this.isDestroyed) return;
    job.fatal = undefined;
    job.queuedAt = this.now() + (delayMs ?? 0);
    if (delayMs === undefined) this.#enqueue(job, Lane.Urgent);
    else if (delayMs === 0) this.#enqueue(job, Lane.Usual);
    else this.#schedule.add(job, delayMs);
  }

  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void {
    if (job.answered || this.isDestroyed) return;
    job.answered = true;
    if (this.options.output === 'response') Object.assign(response, { output: job.output ?? NO_OUTPUT });
    this.#letGo(job);
    this.#tellAnswer(job.caller, job.index, response);
    this.#tellIfIdle();
  }

  /** Nobody will hear of the job. */
  #settled(job: Job): void {
    this.#letGo(job);
    this.#tellIfIdle();
  }

  #letGo(job: Job): void {
    job.caller.jobClosed?.(job);
    this.#deadlines.forget(job);
    this.#allocator.forgetArgs(job);
    if (job.slot === -1) this.#forget(job);
    this.outstanding -= 1;
  }

  /** The same for a first attempt that has succeeded, of a job that there is no object for. */
  #answerPlain(task: Task, caller: Caller, index: number, body: unknown): void {
    if (this.isDestroyed) return;
    this.#tasks.jobGone(task);
    this.outstanding -= 1;
    if (caller.settleUnseen !== undefined && this.#events.onUnseenSuccess()) caller.settleUnseen(index, body);
    else this.#tellAnswer(caller, index, firstSuccess(body, index, caller.record));
    this.#tellIfIdle();
  }

  #tellAnswer(caller: Caller, index: number, response: Response<unknown>): void {
    this.#events.onAnswer(caller, response);
    caller.settle(index, response);
  }

  /** After the answer, so that who ends the pool when it is idle does not take the last answer away. */
  #tellIfIdle(): void {
    if (this.outstanding > 0 || !this.#isBusy || this.isDestroyed) return;
    this.#isBusy = false;
    this.#loop.holdOpen(false);
    this.#events.onIdle();
    this.#tellIfQuiet();
  }

  get isQuiet(): boolean {
    return this.outstanding <= 0 && !this.#calls.haveMore();
  }

  #tellIfQuiet(): void {
    if (this.isClosing && this.isQuiet) this.#events.onQuiet();
  }

  #forget(job: Job): void {
    this.#tasks.jobGone(job.task);
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Every promise is settled when this returns; the processes are gone when its own is.
   * @param gives whether calls give what is done
   */
  async destroy(
    reason: Error = new PoolClosedError('the pool was destroyed before the job was done'),
    gives = false,
  ): Promise<void> {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.isClosing = true;
    // The children do not keep this process, but whoever waits for their end must live to see it.
    const awake = setInterval(() => {}, LONGEST_TIMER_MS);
    const gone = this.supervisor.kill();
    this.#loop.stop();
    this.#reportReceiver.close();
    this.#deadlines.close();
    this.#termination.close();
    this.#dispatcher.clear();
    this.#schedule.close();
    if (gives) this.#calls.giveRest(reason);
    else this.#calls.fail(reason);
    this.#calls.clear();
    this.outstanding = 0;
    this.#allocator.close();
    forgetInstanceRule(this.options.logger.warn);
    await gone;
    clearInterval(awake);
    this.#segment.close();
  }
}
