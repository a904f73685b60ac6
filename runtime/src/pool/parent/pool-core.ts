import { randomUUID } from 'node:crypto';
import type { CoreCode } from '../../cache/code-cache.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearInterval, LONGEST_TIMER_MS, queueMicrotask, setInterval } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import { firstSuccess } from '../../response/job-response.js';
import { feedTo } from '../../trace/feed.js';
import type { Recorder } from '../../trace/recorder.js';
import { traceFor } from '../../trace/trace-for.js';
import { forgetInstanceRule, useInstanceRule } from '../../values/index.js';
import type { WorkerClass } from '../../worker/worker.js';
import { tellEnd } from '../channels/job-channel.js';
import { tellProcess } from '../channels/process-channel.js';
import { coreCode } from '../core-code.js';
import { ProcessFigures, reasonOf } from '../figures/process-figures.js';
import { Utilisation } from '../figures/utilisation.js';
import type { Caller } from '../jobs/caller.js';
import { canceledBy, type Job, type Stop } from '../jobs/job.js';
import { JobLookup } from '../jobs/job-lookup.js';
import type { JobSource } from '../jobs/job-source.js';
import { keepFailedOf } from '../jobs/keep-failed.js';
import { OpenCalls } from '../jobs/open-calls.js';
import { ProgramGuard } from '../jobs/program-guard.js';
import { RetrySchedule } from '../jobs/retry-schedule.js';
import { type AnyWorker, placeOf, type Task } from '../jobs/task.js';
import { TaskRegistry } from '../jobs/task-registry.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { JobsInLine, PoolEngine } from '../pool-engine.js';
import { type EngineStats, sumOfBusyMs } from '../pool-stats.js';
import { jobToCancel } from '../transport/cancel-request.js';
import { type FeedOrder, feedAskedFor } from '../transport/feed-request.js';
import { Lane } from '../transport/job-slots.js';
import { POOL_HEADER } from '../transport/layout.js';
import { PoolSegment } from '../transport/pool-segment.js';
import { type TraceOrder, traceAskedFor } from '../transport/trace-request.js';
import { CrashRecovery } from './ending/crash-recovery.js';
import { Deadlines } from './ending/deadlines.js';
import { Outcomes } from './ending/outcomes.js';
import { Termination } from './ending/termination.js';
import { TimeLimits } from './ending/time-limits.js';
import { NO_OUTPUT } from './output/child-output.js';
import type { Bundle } from './placing/bundle.js';
import { MemoryCheck } from './placing/memory-check.js';
import { divideMemory } from './placing/memory-plan.js';
import { sentArgsOf } from './placing/sent-args.js';
import { SlotAllocator } from './placing/slot-allocator.js';
import { type SlotSurvey, surveySlots } from './placing/slot-survey.js';
import { WakePolicy } from './placing/wake-policy.js';
import { PoolFigures } from './pool-figures.js';
import { BlockedProcesses } from './processes/blocked-processes.js';
import { type BroadcastAnswer, Broadcasts } from './processes/broadcasts.js';
import type { Death, ForkedProcess } from './processes/child-process.js';
import { ChildSupervisor } from './processes/child-supervisor.js';
import { shellCodeOf, startError } from './processes/death-errors.js';
import { stackAtTimeout } from './processes/stack-at-timeout.js';
import { ParentLoop } from './results/parent-loop.js';
import { ReportHandler } from './results/report-handler.js';
import { ReportReceiver } from './results/report-receiver.js';
import { Dispatcher } from './waiting/dispatcher.js';

export interface CoreEvents {
  onSpawn(pid: number): void;
  onExit(death: Death): void;
  onAnswer(caller: Caller, response: Response<unknown>, job?: Job): void;
  /** A job has succeeded. `false` where somebody wants its response now: then it is told by `onAnswer`, and this changes nothing. */
  onUnseenSuccess(): boolean;
  /** Another program asks for the end of a job that this pool has, maybe for a caller elsewhere. */
  onCancelRequest(jobId: string): void;
  onIdle(): void;
  /** Nothing is outstanding, and no call has more to come. */
  onQuiet(): void;
}

const NOTHING_LEFT: SlotSurvey = { running: 0, waiting: 0, waitingSince: undefined, runningMs: 0 };

let pools = 0;

/** The parent's side of a pool: who waits, who runs, and what becomes of them. */
export class PoolCore implements PoolEngine {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly supervisor: ChildSupervisor;
  readonly #guard = new ProgramGuard();
  readonly #segment: PoolSegment;
  readonly #figures: PoolFigures;
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
  readonly #processes = new ProcessFigures();
  readonly #utilisation = new Utilisation();
  /** Jobs that have not been answered. */
  outstanding = 0;
  #answered = 0;
  #failed = 0;
  isDestroyed = false;
  line: JobsInLine | undefined;
  /** While calls wait for their class. */
  #awake: NodeJS.Timeout | undefined;
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
      divideMemory(options.memoryBytes, options.processes, options.concurrency, options.spares),
    );
    this.#figures = new PoolFigures(this.#segment);
    this.#allocator = new SlotAllocator(this.#segment, options.processes * options.concurrency);
    this.#tasks = new TaskRegistry(this.name, this.#allocator, (workerClass) =>
      this.mustBeRunnable(workerClass),
    );
    this.supervisor = new ChildSupervisor(this.#segment, code, options, {
      onRing: () => this.#loop.turn(),
      onMessage: (child, message) => this.#onMessage(child, message),
      onSpawn: (child) => this.#onSpawn(child),
      onSpare: (child) => this.#prepare(child),
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
      keepFailed: keepFailedOf(options, (job, most) =>
        sentArgsOf(this.#segment, this.#allocator.slots, job, most),
      ),
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
    const limits = new TimeLimits(this.#allocator, this.#termination, {
      processes: options.processes,
      setupTimeoutMs: options.setupTimeoutMs,
      pidOf: (child) => this.supervisor.children[child]?.pid,
      stackOf: (child) =>
        options.timeoutStacks ? stackAtTimeout(this.supervisor.children[child]) : undefined,
      hasEnded: () => this.isDestroyed,
    });
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
      refuse: (job, error) => this.refuse(job, error),
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
        if (this.isDestroyed) return;
        this.#useOwnRule();
        this.#dispatcher.pump(this.#isHeldUp);
      },
      turned: () => this.#turned(),
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
    return this.#schedule.size + (this.line?.delayed ?? 0);
  }

  get recorder(): Recorder | undefined {
    return this.#outcomes.recorder;
  }

  set recorder(recorder: Recorder | undefined) {
    this.#outcomes.recorder = recorder;
    if (!this.isDestroyed) this.#segment.words[POOL_HEADER.word.traced] = recorder === undefined ? 0 : 1;
  }

  stats(): EngineStats {
    const now = this.now();
    const { figures } = this.#tasks;
    const survey = this.isDestroyed ? NOTHING_LEFT : surveySlots(this.#allocator, now);
    const lines = this.isDestroyed ? 0 : this.#dispatcher.waiting + (this.line?.waiting ?? 0);
    const since = Math.min(survey.waitingSince ?? now, (lines > 0 && this.#dispatcher.waitingSince) || now);
    const busyMs = sumOfBusyMs(figures) + survey.runningMs;
    const livedMs = this.#processes.livedMs(now) * this.options.concurrency;
    return {
      restarts: this.#processes.restarts,
      running: survey.running,
      waiting: survey.waiting + lines,
      oldestWaitingMs: now - since,
      utilisation: this.#utilisation.read(busyMs, livedMs, now),
      busyMs,
      livedMs,
      classes: figures.map((one) => one.stats()),
    };
  }

  /** Of what is packed from now on; another pool of this program may have another rule. */
  #useOwnRule(): void {
    if (!this.isDestroyed) useInstanceRule(this.options.instances, this.options.logger.warn);
  }

  taskOf(worker: AnyWorker, prefix?: string): Task {
    this.#useOwnRule();
    return this.#tasks.taskOf(worker, prefix);
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

  pause(workerClass: WorkerClass, isPaused: boolean): void {
    if (!isPaused) this.#dispatcher.resume(workerClass, (job) => this.line?.again(job, 0) ?? false);
    else {
      this.#dispatcher.pause(workerClass);
      this.#takeBackAll(workerClass);
      // The input of a call, which is its caller's code, may have asked for it: what is being placed then is there a moment later.
      queueMicrotask(() => this.#takeBackAll(workerClass));
    }
    this.#stayAwake();
    this.#nudge();
  }

  /** Who waits for a call whose class is paused must live to see it go on, though no job of it is there. */
  #stayAwake(): void {
    if (!this.isDestroyed && this.#dispatcher.keepsSources)
      this.#awake ??= setInterval(() => {}, LONGEST_TIMER_MS);
    else if (this.#awake !== undefined) {
      clearInterval(this.#awake);
      this.#awake = undefined;
    }
  }

  isPaused({ task }: Job): boolean {
    return this.#dispatcher.isPaused(task.workerClass);
  }

  paused(): string[] {
    return this.#dispatcher.pausedClasses;
  }

  /** Jobs of a paused class that lie in shared memory, and that no process has taken. */
  #takeBackAll(workerClass: WorkerClass): void {
    if (this.isDestroyed || !this.#dispatcher.isPaused(workerClass)) return;
    for (const bundle of this.#allocator.bundles.all())
      if (bundle.task.workerClass === workerClass) this.#unbundle(bundle);
    for (const job of this.#allocator.jobs()) {
      const isOfClass = job.task.workerClass === workerClass && job.notice === undefined && !job.isEnding;
      if (!isOfClass || !this.#allocator.slots.withdraw(job.slot)) continue;
      this.#takeBack(job);
      this.#enqueue(job, Lane.Urgent);
    }
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
    this.#figures.came(1, job.queuedAt);
  }

  addJobSource(jobSource: JobSource): void {
    const added = this.#dispatcher.addJobSource(jobSource);
    if (added > 0) this.#figures.came(added, this.now());
    this.#stayAwake();
    this.#nudge();
  }

  putInLine(job: Job, inFront: boolean): void {
    if (!this.isDestroyed) this.#enqueue(job, inFront ? Lane.Urgent : Lane.Usual);
  }

  get isFull(): boolean {
    return this.isDestroyed || this.#mayRun >= this.options.processes * this.options.concurrency;
  }

  get isOverfull(): boolean {
    return this.isDestroyed || this.#mayRun > this.options.processes * this.options.concurrency;
  }

  /** Jobs that run or could. */
  get #mayRun(): number {
    return this.#dispatcher.mayBegin + this.#allocator.inMemory;
  }

  takeBack(job: Job): boolean {
    if (this.isDestroyed || job.answered || job.isEnding || job.notice !== undefined) return false;
    if (job.slot === -1) return this.#dispatcher.takeOut(job);
    if (!this.#allocator.slots.withdraw(job.slot)) return false;
    this.#takeBack(job);
    return true;
  }

  hasBegun(job: Job): boolean {
    if (job.attempt > 1 || job.earlier !== undefined) return true;
    return !this.isDestroyed && job.slot !== -1 && this.#allocator.slots.runnerOf(job.slot) !== -1;
  }

  startedAt({ slot }: Job): number {
    const isAtWork = !this.isDestroyed && slot !== -1 && this.#allocator.slots.runnerOf(slot) !== -1;
    return isAtWork ? this.#allocator.slots.startedAtOf(slot, this.now()) : 0;
  }

  refuse(job: Job, error: Error): void {
    const isStopped = job.answered || job.notice !== undefined;
    if (!isStopped && !this.isDestroyed) this.#outcomes.refused(job, error);
  }

  stopUnbegun(job: Job, stop: Stop): void {
    if (job.attempt === 1 && job.earlier === undefined) this.#termination.stopUnbegun(job, stop);
  }

  /** Lets jobs that were never placed wait where they are, or go on. */
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

  /** Where one job runs at a time, what follows a slow one in its bundle is next in any case, and stays in order. */
  #unstall(): void {
    if (this.options.processes * this.options.concurrency === 1) return;
    for (const bundle of this.#allocator.bundles.slowOnes(this.now())) this.#unbundle(bundle);
  }

  #endBlocked(): void {
    for (const ended of this.#blocked.look(this.#allocator.slots.hasWaiting()))
      this.options.logger.warn(
        `process ${ended} was ended: it ran no job and took none that waited for 10 seconds; something that a job left behind keeps it busy`,
      );
  }

  /** Others may look at the pool, whatever the program does until its next turn. */
  #turned(): void {
    this.line?.turned();
    const { waiting } = this.#dispatcher;
    this.#figures.turned(
      this.outstanding,
      waiting,
      this.delayed,
      waiting === 0 ? 0 : this.#dispatcher.waitingSince,
      this.#answered,
      this.#failed,
      this.#allocator.freeBytes,
    );
  }

  // ── Ends from outside ─────────────────────────────────────────────────────────────────────────────────────────────

  #onMessage(child: ForkedProcess, message: Buffer): void {
    const order = traceAskedFor(message);
    if (order !== undefined) return this.#traceFor(order);
    const feed = feedAskedFor(message);
    if (feed !== undefined) return this.#feedTo(feed);
    const jobId = jobToCancel(message);
    if (jobId === undefined) return this.#broadcasts.onMessage(child, message);
    this.#events.onCancelRequest(jobId);
  }

  #traceFor(order: TraceOrder): void {
    try {
      traceFor(this, order);
    } catch (error) {
      // The code for it cannot be loaded now; who has asked waits for a file.
      this.options.logger.error(`no trace is written to ${order.file}:`, error);
    }
  }

  #feedTo(order: FeedOrder): void {
    try {
      feedTo(this, order);
    } catch (error) {
      this.options.logger.error('nothing is told to mproc web:', error);
    }
  }

  /** Whatever the child was to do, take a job or ring this process, others do from now on. */
  #onExit(): void {
    if (this.isDestroyed) return;
    this.#waking.wakeAfterDeath();
    this.#loop.nudge();
  }

  /** A spare is to be ready for the jobs that there have been. */
  #prepare(spare: ForkedProcess): void {
    for (const workerClass of this.#tasks.loadedClasses)
      this.#broadcasts.prepare(spare, placeOf(workerClass));
  }

  #onSpawn({ index, pid }: ForkedProcess): void {
    this.#figures.spawned(index, pid);
    this.#processes.born(pid, this.now());
    tellProcess(() => ({ pool: this.name, event: 'spawn', pid }));
    this.recorder?.note({ kind: 'spawn', at: this.now(), pid });
    this.#events.onSpawn(pid);
  }

  #onDeath(child: ForkedProcess, death: Death): void {
    this.#figures.died(child.index, death);
    const reason = reasonOf(child, death);
    this.#processes.died(child.pid, reason, this.now());
    const { pid, stderr, signal, exitCode } = death;
    const how = signal ?? `exit code ${exitCode}`;
    this.recorder?.note({ kind: 'death', at: this.now(), pid, reason, how, stderr });
    tellProcess(() => {
      const { pid, signal, stderr } = death;
      return { pool: this.name, event: 'exit', pid, reason, exitCode: shellCodeOf(death), signal, stderr };
    });
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

  withdraw(job: Job): boolean {
    return this.#termination.withdraw(job);
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
    this.#stayAwake();
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
    if (job.steering?.limit !== undefined) {
      this.line?.between(job, delayMs === undefined);
      if (delayMs === undefined) return;
    }
    if (delayMs === undefined) this.#enqueue(job, Lane.Urgent);
    else if (this.line?.again(job, delayMs)) return;
    else if (delayMs === 0) this.#enqueue(job, Lane.Usual);
    else this.#schedule.add(job, delayMs);
  }

  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void {
    if (job.answered || this.isDestroyed) return;
    job.answered = true;
    this.#answered += 1;
    if (!response.ok) this.#failed += 1;
    if (this.options.output === 'response') Object.assign(response, { output: job.output ?? NO_OUTPUT });
    this.#letGo(job, response);
    this.#tellAnswer(job.caller, job.index, response, job);
    this.#tellIfIdle();
  }

  /** Nobody will hear of the job. */
  #settled(job: Job): void {
    this.#letGo(job, undefined);
    this.#tellIfIdle();
  }

  #letGo(job: Job, response: Response<unknown> | undefined): void {
    if (job.message !== undefined) tellEnd(job, response);
    job.caller.jobClosed?.(job);
    if (job.steering !== undefined) this.line?.left(job, response);
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
    this.#answered += 1;
    if (caller.settleUnseen !== undefined && this.#events.onUnseenSuccess()) caller.settleUnseen(index, body);
    else this.#tellAnswer(caller, index, firstSuccess(body, index, caller.record));
    this.#tellIfIdle();
  }

  #tellAnswer(caller: Caller, index: number, response: Response<unknown>, job?: Job): void {
    this.#events.onAnswer(caller, response, job);
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
    if (job.steering?.limit !== undefined) this.line?.gone(job);
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
    this.#stayAwake();
    this.#schedule.close();
    this.line?.close();
    for (const job of this.#calls.toldJobs()) tellEnd(job, undefined);
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
