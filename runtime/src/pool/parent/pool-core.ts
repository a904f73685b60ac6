import type { CoreCode } from '../../cache/code-cache.js';
import { clearInterval, LONGEST_TIMER_MS, setInterval } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import type { Recorder } from '../../trace/recorder.js';
import { forgetInstanceRule, type Lend } from '../../values/index.js';
import type { WorkerClass } from '../../worker/worker.js';
import { tellEnd } from '../channels/job-channel.js';
import { coreCode } from '../core-code.js';
import type { Caller } from '../jobs/caller.js';
import type { Job, Stop } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';
import { type AnyWorker, placeOf, type Task } from '../jobs/task.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { EngineEvents, JobsInLine, PoolEngine } from '../pool-engine.js';
import type { EngineStats } from '../pool-stats.js';
import { Lane } from '../transport/job-slots.js';
import { POOL_HEADER } from '../transport/layout.js';
import { PoolParts } from './pool-parts.js';
import type { BroadcastAnswer } from './processes/broadcasts.js';
import type { ForkedProcess } from './processes/child-process.js';
import type { ChildSupervisor } from './processes/child-supervisor.js';

/** The parent's side of a pool, as calls and the pool see it: hands each thing to the part that does it. */
export class PoolCore implements PoolEngine {
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  readonly supervisor: ChildSupervisor;
  readonly #parts: PoolParts;

  constructor(options: ResolvedPoolOptions, events: EngineEvents) {
    // Reads files, which may fail: before there is anything to be given back.
    const code = coreCode();
    this.options = options;
    this.#parts = new PoolParts(code, options, events, this);
    this.name = this.#parts.name;
    this.supervisor = this.#parts.supervisor;
    this.supervisor.fill();
    this.#completeSegment(code);
  }

  /** @throws MprocError `ERR_MEMORY_FULL` */
  #completeSegment(code: CoreCode): void {
    try {
      this.#parts.segment.complete(code.bytes);
    } catch (error) {
      void this.destroy();
      throw error;
    }
  }

  // ── What there is ─────────────────────────────────────────────────────────────────────────────────────────────────

  now(): number {
    return this.#parts.now();
  }

  get outstanding(): number {
    return this.#parts.answers.outstanding;
  }

  get delayed(): number {
    return this.#parts.delayed;
  }

  get inMemory(): number {
    return this.hasEnded ? 0 : this.#parts.allocator.inMemory;
  }

  get hasEnded(): boolean {
    return this.#parts.hasEnded;
  }

  get isClosing(): boolean {
    return this.#parts.isClosing;
  }

  set isClosing(isClosing: boolean) {
    this.#parts.isClosing = isClosing;
  }

  get isQuiet(): boolean {
    return this.#parts.answers.isQuiet;
  }

  stats(): EngineStats {
    return this.#parts.stats.read();
  }

  get recorder(): Recorder | undefined {
    return this.#parts.outcomes.recorder;
  }

  set recorder(recorder: Recorder | undefined) {
    const { outcomes, segment } = this.#parts;
    outcomes.recorder = recorder;
    if (!this.hasEnded) segment.words[POOL_HEADER.word.traced] = recorder === undefined ? 0 : 1;
  }

  // ── Input ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  taskOf(worker: AnyWorker, prefix?: string): Task {
    this.#parts.useOwnRule();
    return this.#parts.tasks.taskOf(worker, prefix);
  }

  mustBeRunnable(workerClass: WorkerClass): void {
    this.#parts.guard.check(workerClass);
  }

  addCaller(caller: Caller): void {
    this.#parts.calls.add(caller, true);
  }

  /** One whose jobs lie on queues, from where they cannot be taken back. */
  addRemoteCaller(caller: Caller): void {
    this.#parts.calls.add(caller, false);
  }

  removeCaller(caller: Caller): void {
    this.#parts.calls.remove(caller);
    this.#parts.answers.tellIfQuiet();
  }

  jobIdPrefix(task: Task, call: number): string {
    return `${task.prefix}.${call}`;
  }

  nextCall(): number {
    return this.#parts.calls.nextNumber();
  }

  admit(task: Task): void {
    this.#parts.answers.admit(task);
  }

  submit(job: Job): void {
    this.admit(job.task);
    job.queuedAt = this.now();
    this.#parts.ready.enqueue(job, Lane.Usual);
    this.#parts.figures.came(1, job.queuedAt);
  }

  addJobSource(jobSource: JobSource): void {
    const { dispatcher, figures, pausing, ready } = this.#parts;
    const added = dispatcher.addJobSource(jobSource);
    if (added > 0) figures.came(added, this.now());
    pausing.stayAwake();
    ready.nudge();
  }

  // ── Waiting ───────────────────────────────────────────────────────────────────────────────────────────────────────

  get line(): JobsInLine | undefined {
    return this.#parts.ready.line;
  }

  set line(line: JobsInLine | undefined) {
    this.#parts.ready.line = line;
  }

  putInLine(job: Job, inFront: boolean): void {
    if (!this.hasEnded) this.#parts.ready.enqueue(job, inFront ? Lane.Urgent : Lane.Usual);
  }

  get isFull(): boolean {
    return this.hasEnded || this.#mayRun >= this.options.processes * this.options.concurrency;
  }

  get isOverfull(): boolean {
    return this.hasEnded || this.#mayRun > this.options.processes * this.options.concurrency;
  }

  /** Jobs that run or could. */
  get #mayRun(): number {
    return this.#parts.dispatcher.mayBegin + this.#parts.allocator.inMemory;
  }

  takeBack(job: Job): boolean {
    return this.#parts.ready.takeOut(job);
  }

  pause(workerClass: WorkerClass, isPaused: boolean): void {
    if (isPaused) this.#parts.pausing.pause(workerClass);
    else this.#parts.pausing.resume(workerClass);
  }

  isPaused({ task }: Job): boolean {
    return this.#parts.dispatcher.isPaused(task.workerClass);
  }

  paused(): string[] {
    return this.#parts.dispatcher.pausedClasses;
  }

  lendBy(lend: Lend): boolean {
    if (this.options.queues !== undefined) return false;
    this.#parts.allocator.lend = lend;
    return true;
  }

  /** Lets jobs that were never placed wait where they are, or go on. */
  holdUp(held: boolean): void {
    this.#parts.isHeldUp = held;
    if (!held) this.#parts.ready.nudge();
  }

  // ── Running ───────────────────────────────────────────────────────────────────────────────────────────────────────

  hasBegun(job: Job): boolean {
    return job.attempt > 1 || job.earlier !== undefined || this.#isAtWork(job);
  }

  startedAt(job: Job): number {
    return this.#isAtWork(job) ? this.#parts.allocator.slots.startedAtOf(job.slot, this.now()) : 0;
  }

  #isAtWork({ slot }: Job): boolean {
    return !this.hasEnded && slot !== -1 && this.#parts.allocator.slots.runnerOf(slot) !== -1;
  }

  /** Sends a message to a class in all processes that live. */
  broadcast(
    workerClass: WorkerClass,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]> {
    this.#parts.useOwnRule();
    const children = this.supervisor.children.filter((child) => child?.isAlive === true);
    return this.#parts.broadcasts.send(children as ForkedProcess[], placeOf(workerClass), message, timeoutMs);
  }

  /** The job of an id, while it is not answered. */
  find(jobId: string): Job | undefined {
    // After the end the segment is gone, and nothing may look into it.
    return this.hasEnded ? undefined : this.#parts.lookup.withId(jobId);
  }

  // ── Ending ────────────────────────────────────────────────────────────────────────────────────────────────────────

  answer(job: Job, response: Response<unknown>): void {
    this.#parts.answers.answer(job, response);
  }

  refuse(job: Job, error: Error): void {
    this.#parts.refuse(job, error);
  }

  stop(job: Job, stop: Stop): void {
    this.#parts.termination.stop(job, stop);
  }

  stopUnbegun(job: Job, stop: Stop): void {
    if (job.attempt === 1 && job.earlier === undefined) this.#parts.termination.stopUnbegun(job, stop);
  }

  withdraw(job: Job): boolean {
    return this.#parts.termination.withdraw(job);
  }

  abandon(job: Job): void {
    this.#parts.termination.abandon(job);
  }

  /** A call is over, one way or another; jobs of it that are left are stopped. */
  endCall(
    caller: Caller,
    jobSource: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    const { calls, dispatcher, pausing, lookup, answers } = this.#parts;
    calls.remove(caller);
    if (jobSource !== undefined) dispatcher.removeJobSource(jobSource);
    pausing.stayAwake();
    if (this.hasEnded) return;
    this.#parts.stopAll(jobs ?? lookup.of(caller), reason);
    answers.tellIfQuiet();
  }

  /**
   * Every promise is settled when this returns; the processes are gone when its own is.
   * @param gives whether calls give what is done
   */
  async destroy(
    reason: Error = new PoolClosedError('the pool was destroyed before the job was done'),
    gives = false,
  ): Promise<void> {
    if (this.hasEnded) return;
    const { calls, ready, answers, allocator, segment } = this.#parts;
    this.#parts.hasEnded = true;
    this.isClosing = true;
    // The children do not keep this process, but whoever waits for their end must live to see it.
    const awake = setInterval(() => {}, LONGEST_TIMER_MS);
    const gone = this.supervisor.kill();
    this.#stopParts();
    ready.line?.close();
    for (const job of calls.toldJobs()) tellEnd(job, undefined);
    if (gives) calls.giveRest(reason);
    else calls.fail(reason);
    calls.clear();
    answers.outstanding = 0;
    allocator.close();
    forgetInstanceRule(this.options.logger.warn);
    await gone;
    clearInterval(awake);
    segment.close();
  }

  #stopParts(): void {
    const { loop, receiver, deadlines, termination, dispatcher, pausing, schedule } = this.#parts;
    loop.stop();
    receiver.close();
    deadlines.close();
    termination.close();
    dispatcher.clear();
    pausing.stayAwake();
    schedule.close();
  }
}
