import { randomUUID } from 'node:crypto';
import type { CoreCode } from '../../cache/code-cache.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Recorder } from '../../trace/recorder.js';
import { useInstanceRule } from '../../values/index.js';
import { ProcessFigures } from '../figures/process-figures.js';
import { canceledBy, type Job } from '../jobs/job.js';
import { JobLookup } from '../jobs/job-lookup.js';
import { keepFailedOf } from '../jobs/keep-failed.js';
import { OpenCalls } from '../jobs/open-calls.js';
import { ProgramGuard } from '../jobs/program-guard.js';
import { RetrySchedule } from '../jobs/retry-schedule.js';
import { TaskRegistry } from '../jobs/task-registry.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { EngineEvents, PoolEngine } from '../pool-engine.js';
import { Lane } from '../transport/job-slots.js';
import { PoolSegment } from '../transport/pool-segment.js';
import { Answers } from './ending/answers.js';
import { CrashRecovery } from './ending/crash-recovery.js';
import { Deadlines } from './ending/deadlines.js';
import { Outcomes } from './ending/outcomes.js';
import { Termination } from './ending/termination.js';
import { TimeLimits } from './ending/time-limits.js';
import { MemoryCheck } from './placing/memory-check.js';
import { divideMemory } from './placing/memory-plan.js';
import { sentArgsOf } from './placing/sent-args.js';
import { SlotAllocator } from './placing/slot-allocator.js';
import { WakePolicy } from './placing/wake-policy.js';
import { PoolFigures } from './pool-figures.js';
import { BlockedProcesses } from './processes/blocked-processes.js';
import { Broadcasts } from './processes/broadcasts.js';
import { ChildEvents } from './processes/child-events.js';
import type { Death } from './processes/child-process.js';

import { ChildSupervisor } from './processes/child-supervisor.js';
import { startError } from './processes/death-errors.js';
import { stackAtTimeout } from './processes/stack-at-timeout.js';
import { ParentLoop } from './results/parent-loop.js';
import { ReportHandler } from './results/report-handler.js';
import { ReportReceiver } from './results/report-receiver.js';
import { StatsReader } from './stats-reader.js';
import { Dispatcher } from './waiting/dispatcher.js';
import { Pausing } from './waiting/pausing.js';
import { ReadyJobs } from './waiting/ready-jobs.js';

let pools = 0;

/**
 * The parts of a pool, in the order of a job's way through them, and which of them calls which. A part is given those that
 * it calls; what it asks of parts that are made after it stands beside it by name.
 */
export class PoolParts {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly events: EngineEvents;
  readonly segment: PoolSegment;

  // Input.
  readonly guard = new ProgramGuard();
  readonly calls = new OpenCalls();
  readonly tasks: TaskRegistry;
  readonly lookup: JobLookup;

  // Waiting.
  readonly ready: ReadyJobs;
  readonly pausing: Pausing;
  readonly dispatcher: Dispatcher;
  readonly schedule: RetrySchedule;

  // Placing.
  readonly allocator: SlotAllocator;
  readonly memory: MemoryCheck;
  readonly waking: WakePolicy;

  // Running.
  readonly supervisor: ChildSupervisor;
  readonly broadcasts = new Broadcasts();
  readonly blocked: BlockedProcesses;

  // Results.
  readonly loop: ParentLoop;
  readonly receiver: ReportReceiver;

  // Ending.
  readonly outcomes: Outcomes;
  readonly answers: Answers;
  readonly deadlines: Deadlines;
  readonly termination: Termination;
  readonly recovery: CrashRecovery;

  // Figures.
  readonly figures: PoolFigures;
  readonly processes = new ProcessFigures();
  readonly stats: StatsReader;

  /** Nothing is taken any more, not even what others have asked for; the segment goes when the processes are gone. */
  hasEnded = false;
  /** No new calls; those there are go on. */
  isClosing = false;
  /** What jobs bring is not taken as fast as it comes, so no further job is begun. */
  isHeldUp = false;

  /** @param engine what other programs ask for by way of a child is done for it */
  constructor(code: CoreCode, options: ResolvedPoolOptions, events: EngineEvents, engine: PoolEngine) {
    this.options = options;
    this.events = events;
    pools += 1;
    this.name = `${randomUUID().slice(0, 8)}-${pools.toString(36)}`;
    const { processes, concurrency, spares, memoryBytes } = options;
    this.segment = PoolSegment.create(divideMemory(memoryBytes, processes, concurrency, spares));
    this.figures = new PoolFigures(this.segment);
    this.allocator = new SlotAllocator(this.segment, processes * concurrency);
    this.ready = new ReadyJobs(this);
    this.pausing = new Pausing(this);
    this.answers = new Answers(this);
    this.stats = new StatsReader(this);
    this.tasks = new TaskRegistry(this.name, this.allocator, (workerClass) => this.guard.check(workerClass));
    const childEvents = new ChildEvents(this, engine, (death) => this.#onUnusable(death));
    this.supervisor = new ChildSupervisor(this.segment, code, options, childEvents);
    this.waking = new WakePolicy(this.allocator, this.supervisor);
    this.schedule = new RetrySchedule(monotonicMs, (jobs) => {
      for (const job of jobs) this.ready.enqueue(job, Lane.Usual);
    });
    this.outcomes = this.#makeOutcomes();
    this.termination = this.#makeTermination();
    this.deadlines = this.#makeDeadlines();
    this.receiver = new ReportReceiver(this.segment, this.#makeReportHandler());
    this.recovery = this.#makeRecovery();
    this.memory = this.#makeMemoryCheck();
    this.blocked = new BlockedProcesses(this.supervisor);
    this.dispatcher = this.#makeDispatcher();
    this.lookup = new JobLookup(this.calls, this.allocator.bundles, (bundle) => this.ready.unbundle(bundle));
    this.loop = this.#makeLoop();
  }

  /** Milliseconds since the segment was made. */
  now(): number {
    return monotonicMs() - this.segment.epoch;
  }

  get recorder(): Recorder | undefined {
    return this.outcomes.recorder;
  }

  /** Of what is packed from now on; another pool of this program may have another rule. */
  useOwnRule(): void {
    if (!this.hasEnded) useInstanceRule(this.options.instances, this.options.logger.warn);
  }

  #makeDispatcher(): Dispatcher {
    return new Dispatcher(this.allocator, this.supervisor, this.waking, {
      logger: this.options.logger,
      now: () => this.now(),
      takeBack: (job) => this.ready.takeBack(job),
      evictIdle: () => this.tasks.evictIdle(),
      leave: (job) => this.termination.stop(job, canceledBy(undefined)),
      leaveAll: (jobSource) => this.stopAll(this.lookup.of(jobSource), undefined),
      refuse: (job, error) => this.refuse(job, error),
      placed: (job) => this.deadlines.watch(job),
    });
  }

  #makeMemoryCheck(): MemoryCheck {
    return new MemoryCheck(this.segment, this.allocator, this.supervisor, {
      catchUp: () => this.receiver.collect(this.receiver.mostUnread),
      hasEnded: () => this.hasEnded,
      lose: (job) => this.recovery.lost(job),
      end: (job, child) => this.termination.end(job, child),
    });
  }

  #makeLoop(): ParentLoop {
    const { segment, receiver, waking, supervisor, allocator, options } = this;
    const isAwake = (child: number) => supervisor.wakeUps.isAwake(child);
    return new ParentLoop(segment, {
      collect: (most) => receiver.collect(most),
      unread: () => receiver.unread,
      willBeRung: () => receiver.ofUnread(isAwake),
      pump: () => this.#pump(),
      turned: () => this.#turned(),
      inMemory: () => allocator.inMemory,
      isHeldUp: () => waking.isHeldUp(),
      mayStall: () => !allocator.bundles.isEmpty || supervisor.wakeUps.takers < options.processes,
      unstall: () => this.#unstall(),
      wakeForWaiting: () => waking.wakeForWaiting(),
      checkMemory: () => this.#checkMemory(),
      wakeUnheard: () => waking.wakeUnheard(),
      isQuick: () => waking.isQuick,
      isPatient: () => this.calls.arePatient(),
      processes: options.processes,
      takers: () => supervisor.wakeUps.takers,
    });
  }

  #makeReportHandler(): ReportHandler {
    return new ReportHandler(this.allocator, this.supervisor, this.waking, this.outcomes, this.termination, {
      logger: this.options.logger,
      keepsOutput: this.#keepsOutput,
      forget: (job) => this.answers.forget(job),
      unbundle: (bundle) => this.ready.unbundle(bundle),
      resultLost: (job, report) => this.recovery.resultLost(job, report),
    });
  }

  #makeOutcomes(): Outcomes {
    const { ready, answers, options } = this;
    return new Outcomes({
      logger: options.logger,
      hasEnded: () => this.hasEnded,
      takeBack: (job) => ready.takeBack(job),
      again: (job, delayMs) => ready.again(job, delayMs),
      notify: (job) => ready.enqueue(job, Lane.Urgent),
      answer: (job, response) => answers.answer(job, response),
      answerPlain: (task, caller, index, body) => answers.answerPlain(task, caller, index, body),
      keepFailed: keepFailedOf(options, (job, most) =>
        sentArgsOf(this.segment, this.allocator.slots, job, most, this.allocator.lend !== undefined),
      ),
    });
  }

  #makeTermination(): Termination {
    return new Termination(this.allocator, this.supervisor, this.outcomes, this.schedule, {
      killTimeoutMs: this.options.killTimeoutMs,
      keepsOutput: this.#keepsOutput,
      now: () => this.now(),
      catchUp: () => this.loop.turn(),
      leftLane: () => this.dispatcher.leftLane(),
      settled: (job) => this.answers.settled(job),
    });
  }

  #makeDeadlines(): Deadlines {
    const { supervisor, options } = this;
    const limits = new TimeLimits(this.allocator, this.termination, {
      processes: options.processes,
      setupTimeoutMs: options.setupTimeoutMs,
      pidOf: (child) => supervisor.children[child]?.pid,
      stackOf: (child) => (options.timeoutStacks ? stackAtTimeout(supervisor.children[child]) : undefined),
      hasEnded: () => this.hasEnded,
    });
    return new Deadlines(
      () => this.now(),
      (job, at) => limits.dueAt(job, at),
      (job) => limits.onDue(job, this.now()),
    );
  }

  #makeRecovery(): CrashRecovery {
    return new CrashRecovery(
      this.allocator,
      this.supervisor,
      this.receiver,
      this.outcomes,
      this.termination,
      {
        keepsOutput: this.#keepsOutput,
        now: () => this.now(),
        hasEnded: () => this.hasEnded,
        forget: (job) => this.answers.forget(job),
        enqueue: (jobs) => this.ready.enqueueFirst(jobs),
        runElsewhere: (job) => this.ready.runElsewhere(job),
      },
    );
  }

  /** Are responses to have what their jobs have printed? */
  get #keepsOutput(): boolean {
    return this.options.output === 'response';
  }

  #pump(): void {
    if (this.hasEnded) return;
    this.useOwnRule();
    this.dispatcher.pump(this.isHeldUp);
  }

  /** Where one job runs at a time, what follows a slow one in its bundle is next in any case, and stays in order. */
  #unstall(): void {
    if (this.options.processes * this.options.concurrency > 1) this.ready.unbundleSlow();
  }

  #checkMemory(): void {
    this.memory.look();
    if (this.hasEnded) return;
    for (const ended of this.blocked.look(this.allocator.slots.hasWaiting()))
      this.options.logger.warn(
        `process ${ended} was ended: it ran no job and took none that waited for 10 seconds; something that a job left behind keeps it busy`,
      );
  }

  /** Others may look at the pool, whatever the program does until its next turn. */
  #turned(): void {
    const { ready, dispatcher, answers } = this;
    ready.line?.turned();
    const { waiting } = dispatcher;
    this.figures.turned(
      answers.outstanding,
      waiting,
      this.delayed,
      waiting === 0 ? 0 : dispatcher.waitingSince,
      answers.answered,
      answers.failed,
      this.allocator.freeBytes,
    );
  }

  /** Jobs that wait for a time. */
  get delayed(): number {
    return this.schedule.size + (this.ready.line?.delayed ?? 0);
  }

  refuse(job: Job, error: Error): void {
    const isStopped = job.answered || job.notice !== undefined;
    if (!isStopped && !this.hasEnded) this.outcomes.refused(job, error);
  }

  stopAll(jobs: readonly Job[], reason: Error | undefined): void {
    const stop = canceledBy(reason);
    for (const job of jobs) this.termination.stop(job, stop);
  }

  /** No process can be started, so nobody gets an answer. */
  #onUnusable(death: Death): void {
    this.calls.fail(startError(death));
    for (const bundle of this.allocator.bundles.all()) this.ready.unbundle(bundle);
    const waiting = [...this.dispatcher.clear(), ...this.schedule.clear(), ...this.outcomes.jobs()];
    for (const job of waiting) this.termination.abandon(job);
    for (const job of this.allocator.jobs()) this.termination.abandon(job);
  }
}
