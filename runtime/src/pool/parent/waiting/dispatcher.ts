import type { Logger } from '../../../contracts/logger.js';
import { MprocError } from '../../../errors/errors.js';
import { asError } from '../../../worker/as-error.js';
import type { WorkerClass } from '../../../worker/worker.js';
import { Fifo } from '../../collections/fifo.js';
import { LinkedList } from '../../collections/linked-list.js';
import type { Job } from '../../jobs/job.js';
import type { JobSource } from '../../jobs/job-source.js';
import { PausedClasses } from '../../jobs/paused-classes.js';
import { Lane } from '../../transport/job-slots.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { WakePolicy } from '../placing/wake-policy.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import { Ahead } from './ahead.js';
import { Isolation } from './isolation.js';

/** Jobs that one call may place before another has its turn. */
const TURN = 64;
/** Where fewer than these fit beside a job that does not fit, jobs are too large for bundles. */
const STRAGGLERS_MATES = 4;
/** Jobs in the first bundle at most, where none is in memory; then as many as there are. */
const FIRST_TOGETHER = 4;
/** Jobs that have a slot each, and that children are shown at once. */
const PUBLISHED_AT_ONCE = 16;
/** Jobs that are not to be run any more stay in a lane until there are so many, and more of them than of others. */
const MOST_STALE = 64;

/** Jobs that others pass because there is no memory for them, at most. */
const MOST_ASIDE = 64;
/** The same of one call, which is not asked for more then: its input may make large values as it is asked. */
const MOST_ASIDE_OF_CALL = 2;

export interface DispatchEffects {
  readonly logger: Logger;
  now(): number;
  /** Takes the descriptions of workers without jobs out of memory. */
  evictIdle(): void;
  /** Its call was over before it was placed: what was packed, or the call's own input, has ended it. */
  leave(job: Job): void;
  /** The same of jobs of a source that were placed together. */
  leaveAll(jobSource: JobSource): void;
  /** Gives the job's slot back; what it needs to be placed again is kept. */
  takeBack(job: Job): void;
  /** The job cannot be sent. */
  refuse(job: Job, error: Error): void;
  /** A job with a time limit, or something else of its own, lies in shared memory. */
  placed(job: Job): void;
}

/** Decides which job goes into shared memory next, as far as there is room. */
export class Dispatcher {
  readonly #allocator: SlotAllocator;
  readonly #waking: WakePolicy;
  readonly #effects: DispatchEffects;
  readonly #urgent = new Fifo<Job>();
  readonly #waiting = new Fifo<Job>();
  /** Those that may have jobs now; in front the one whose turn it is. */
  readonly #jobSources = new LinkedList<JobSource>();
  readonly #ahead = new Ahead();
  /** Jobs that the first of them has placed in its turn. */
  #placedInTurn = 0;
  /** Jobs in a lane that are not to be run any more, about. */
  #stale = 0;
  /** Jobs that a process could run, and for which there is no memory: others pass them. In order. */
  readonly #aside: Job[] = [];
  /** Sources that have as many of those as they may. */
  readonly #paused = new Set<JobSource>();
  /** A job that a source gave and that found no room. */
  #held: Job | undefined;
  /** What is not to begin, in no lane. */
  readonly #kept = new PausedClasses();

  /** Jobs that must have a process to themselves. */
  readonly #alone: Isolation;

  constructor(
    allocator: SlotAllocator,
    supervisor: ChildSupervisor,
    waking: WakePolicy,
    effects: DispatchEffects,
  ) {
    this.#allocator = allocator;
    this.#waking = waking;
    this.#effects = effects;
    this.#alone = new Isolation(allocator, supervisor, {
      now: () => effects.now(),
      takeBack: (job) => effects.takeBack(job),
      place: (job) => this.#place(job, undefined),
    });
  }

  /** Jobs that have no slot. */
  get #inLanes(): number {
    return (
      this.#urgent.size +
      this.#alone.waiting +
      this.#waiting.size +
      this.#aside.length +
      this.#kept.waiting +
      (this.#held ? 1 : 0)
    );
  }

  /** The same, and values in arrays of calls that no job was made of yet. */
  get waiting(): number {
    return this.#inLanes + this.#ahead.values;
  }

  /** Those of them that are not kept from beginning, about. */
  get mayBegin(): number {
    return this.#inLanes - this.#kept.waiting + (this.#kept.hasSources ? 0 : this.#ahead.values);
  }

  /** Since when the oldest of those waits, about; 0 where none does. */
  get waitingSince(): number {
    let since = this.#ahead.oldest;
    for (const job of [this.#urgent.peek(), this.#waiting.peek(), this.#aside[0], this.#held])
      if (job !== undefined && (since === 0 || job.queuedAt < since)) since = job.queuedAt;
    return since;
  }

  add(job: Job, lane: Lane): void {
    if (job.notice === undefined && this.#kept.has(job)) this.#kept.keep(job, lane);
    else if (job.runsAlone && job.notice === undefined) this.#alone.add(job);
    else (lane === Lane.Urgent ? this.#urgent : this.#waiting).push(job);
  }

  /** @returns how many values have come with it that no job was made of yet */
  addJobSource(jobSource: JobSource): number {
    this.#line(jobSource);
    return this.#ahead.add(jobSource, this.#effects.now());
  }

  #line(jobSource: JobSource): void {
    if (this.#kept.has(jobSource)) this.#kept.keepSource(jobSource);
    else this.#jobSources.push(jobSource);
  }

  isPaused(workerClass: WorkerClass): boolean {
    return this.#kept.hasClass(workerClass);
  }

  /** Are there calls that would give jobs, if their class were not paused? */
  get keepsSources(): boolean {
    return this.#kept.hasSources;
  }

  get pausedClasses(): string[] {
    return this.#kept.names;
  }

  /** Takes what waits of a class out of the lanes; what lies in shared memory is its caller's to take back. */
  pause(workerClass: WorkerClass): void {
    this.#kept.pause(workerClass);
    for (const job of this.#urgent.clear()) this.add(job, Lane.Urgent);
    for (const job of this.#alone.clear()) this.add(job, Lane.Urgent);
    for (const job of this.#aside.splice(0)) if (isToBePlaced(job)) this.add(job, Lane.Usual);
    this.#allocator.firstForMemory = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && isToBePlaced(held)) this.add(held, Lane.Usual);
    for (const job of this.#waiting.clear()) this.add(job, Lane.Usual);
    this.#resumeJobSources();
    this.#placedInTurn = 0;
    for (const jobSource of this.#jobSources.clear()) this.#line(jobSource);
  }

  /**
   * Puts what has waited for the class into the lanes again, in order.
   * @param again takes those that have a line of their own, and says so
   */
  resume(workerClass: WorkerClass, again: (job: Job) => boolean): void {
    const { jobs, sources } = this.#kept.resume(workerClass);
    for (const { job, lane } of jobs) if (isToBePlaced(job) && !again(job)) this.add(job, lane);
    for (const jobSource of sources) this.#jobSources.push(jobSource);
  }

  removeJobSource(jobSource: JobSource): void {
    this.#kept.removeSource(jobSource);
    this.#ahead.remove(jobSource);
    if (this.#jobSources.first === jobSource) this.#placedInTurn = 0;
    this.#jobSources.remove(jobSource);
    this.#paused.delete(jobSource);
  }

  /** Takes a job out of its lane; `false` when it is in none. */
  takeOut(job: Job): boolean {
    for (const lane of [this.#urgent, this.#waiting]) {
      const { size } = lane;
      lane.keepOnly((one) => one !== job);
      if (lane.size < size) return true;
    }
    return false;
  }

  /** A job was answered while it was in a lane. */
  leftLane(): void {
    this.#stale += 1;
    if (this.#stale <= MOST_STALE || 2 * this.#stale <= this.#inLanes) return;
    this.#stale = 0;
    this.#urgent.keepOnly(isToBePlaced);
    this.#waiting.keepOnly(isToBePlaced);
    this.#kept.keepOnly(isToBePlaced);
  }

  /**
   * Places what there is room for.
   * @param heldUp only what had been placed before, and came back
   */
  pump(heldUp = false): void {
    this.#perWake = this.#waking.jobsPerWake;
    try {
      this.#alone.settle();
      if (
        this.#placeLane(this.#urgent, Lane.Urgent) &&
        !heldUp &&
        this.#placeAside() &&
        this.#placeHeld() &&
        this.#placeLane(this.#waiting, Lane.Usual)
      )
        this.#placeFromJobSources();
    } finally {
      if (this.#unsung > 0) this.#wake();
    }
  }

  /** Jobs placed since the last doorbell. */
  #unsung = 0;
  #perWake = 1;

  /** A doorbell costs as much as some dozen small jobs, so small ones share one. */
  #countPlaced(count: number): void {
    this.#unsung += count;
    if (this.#unsung >= this.#perWake) this.#wake();
    else if (count > 1 || this.#unsung % PUBLISHED_AT_ONCE === 0) this.#allocator.publish();
  }

  /** Looks who sleeps. In one turn that is worth one job at first, then two, four, up to sixteen: who slept is awake by then. */
  #wake(): void {
    this.#allocator.publish();
    this.#waking.wake(this.#unsung);
    this.#unsung = 0;
    this.#perWake = Math.max(this.#perWake, Math.min(2 * this.#perWake, PUBLISHED_AT_ONCE));
  }

  /** `false` when there is no room. */
  #placeLane(jobs: Fifo<Job>, lane: Lane): boolean {
    for (let job = jobs.peek(); job !== undefined; job = jobs.peek()) {
      if (isToBePlaced(job) && !this.#place(job, lane) && !this.#setAside(job)) return false;
      // Placing it may have run the user's code, and that have emptied the lane, or swept it.
      if (jobs.peek() === job) jobs.shift();
    }
    return true;
  }

  /** Those that found no memory, as far as there is some now. */
  #placeAside(): boolean {
    for (let job = this.#aside[0]; job !== undefined; job = this.#aside[0]) {
      if (isToBePlaced(job) && !this.#place(job, Lane.Usual)) break;
      if (this.#aside[0] === job) this.#aside.shift();
      this.#resumeJobSources();
      this.#allocator.firstForMemory = this.#aside[0];
    }
    return true;
  }

  /** Lets others pass a job that a process could run, and for which there is no memory. `false` when it is to wait in a lane. */
  #setAside(job: Job): boolean {
    if (!this.#allocator.isStarved || !this.#allocator.lacksMemory || this.#aside.length >= MOST_ASIDE)
      return false;
    if (this.#aside.length > 0) this.#allocator.forgetPacked(job);
    this.#aside.push(job);
    this.#allocator.firstForMemory = this.#aside[0];
    return true;
  }

  #placeHeld(): boolean {
    const held = this.#held;
    if (held === undefined) return true;
    if (isToBePlaced(held) && !this.#place(held, Lane.Usual) && !this.#setAside(held)) return false;
    this.#held = undefined;
    return true;
  }

  /** Turn by turn, until no source has a job or there is no room. */
  #placeFromJobSources(): void {
    for (
      let jobSource = this.#jobSources.shift();
      jobSource !== undefined;
      jobSource = this.#jobSources.shift()
    )
      if (!this.#placeWithin(jobSource)) return;
  }

  /** The input of the call is its caller's code. One change of context does for the whole turn. */
  #placeWithin(jobSource: JobSource): boolean {
    const { inContext } = jobSource;
    return inContext === undefined
      ? this.#placeFromJobSource(jobSource)
      : inContext(() => this.#placeFromJobSource(jobSource));
  }

  /** A turn of one source, which is in no lane meanwhile; `false` when there is no room. */
  #placeFromJobSource(jobSource: JobSource): boolean {
    if (this.#kept.has(jobSource)) this.#kept.keepSource(jobSource);
    if (this.#kept.has(jobSource) || this.#isPaused(jobSource)) return true;
    let count = -1;
    const now = this.#effects.now();
    const before = jobSource.given;
    try {
      do {
        const size = jobSource.isPlain ? Math.min(jobSource.task.bundleSize.jobs, this.#mostTogether()) : 1;
        count = size > 1 ? this.#placeBundle(jobSource, size, now) : this.#placeNext(jobSource, now);
        if (count > 0) this.#placedInTurn += count;
      } while (
        count > 0 &&
        this.#placedInTurn < TURN &&
        !this.#kept.has(jobSource) &&
        !this.#isPaused(jobSource)
      );
    } finally {
      this.#ahead.taken(jobSource, jobSource.given - before);
      this.#endTurn(jobSource, count);
    }
    return count !== -1;
  }

  /** Has it as many jobs as it may that wait for memory? */
  #isPaused(jobSource: JobSource): boolean {
    if (this.#aside.length === 0) return false;
    if (this.#aside.filter(({ caller }) => caller === jobSource).length < MOST_ASIDE_OF_CALL) return false;
    this.#placedInTurn = 0;
    this.#paused.add(jobSource);
    return true;
  }

  #resumeJobSources(): void {
    for (const jobSource of this.#paused) this.#line(jobSource);
    this.#paused.clear();
  }

  /** One that has nothing now is in a lane again when it says so. */
  #endTurn(jobSource: JobSource, count: number): void {
    const isTurnOver = count === 0 || this.#placedInTurn >= TURN;
    if (isTurnOver || jobSource.isDone) this.#placedInTurn = 0;
    if (jobSource.isDone || count === 0 || this.#paused.has(jobSource)) return;
    if (isTurnOver || this.#kept.has(jobSource)) this.#line(jobSource);
    else this.#jobSources.unshift(jobSource);
  }

  /** Where there is nothing to do yet, a process is to begin while the others are packed. */
  #mostTogether(): number {
    return Math.max(FIRST_TOGETHER, this.#allocator.inMemory);
  }

  /** @returns 1; 0 when the source has none now; -1 when there is no room for it */
  #placeNext(jobSource: JobSource, now: number): number {
    const job = jobSource.nextJob();
    return job === undefined ? 0 : this.#placeOrHold(job, now);
  }

  /** @returns 1; -1 when there is no room */
  #placeOrHold(job: Job, now: number): number {
    job.queuedAt = now;
    if (this.#place(job, Lane.Usual) || this.#setAside(job)) return 1;
    this.#held = job;
    return -1;
  }

  /** @returns how many were placed; -1 when there is no room */
  #placeBundle(jobSource: JobSource, most: number, now: number): number {
    const count = this.#allocator.placeBundle(jobSource, most, now);
    // A single one may find room where many do not.
    if (count === -1) return this.#allocator.isStarved ? this.#placeNext(jobSource, now) : -1;
    if (count > 0 && jobSource.isOver) this.#effects.leaveAll(jobSource);
    else if (count > 0) this.#countPlaced(count);
    const { straggler } = this.#allocator.bundles;
    if (straggler === undefined) return count;
    if (count < STRAGGLERS_MATES) jobSource.task.bundleSize.disappoint();
    const isPlaced = this.#placeOrHold(jobSource.jobOf(straggler.index, straggler.args), now) === 1;
    return isPlaced ? count + 1 : -1;
  }

  /** `false` when there is no room; a job that cannot be sent counts as placed. */
  #place(job: Job, lane: Lane | undefined): boolean {
    try {
      if (job.queuedAt === 0) job.queuedAt = this.#effects.now();
      if (!this.#allocator.place(job, lane) && !this.#makeRoom(job, lane)) return false;
      if (!job.isPlain && job.slot !== -1) this.#effects.placed(job);
      if (job.caller.isOver && !job.answered) this.#effects.leave(job);
      this.#countPlaced(1);
      return true;
    } catch (error) {
      this.#allocator.release(job);
      this.#effects.refuse(job, asError(error));
      return true;
    }
  }

  /**
   * While jobs are missing that could run, descriptions of workers without jobs must go.
   * @throws MprocError when there is no room even then, and nothing in memory that will be given back
   */
  #makeRoom(job: Job, lane: Lane | undefined): boolean {
    if (!this.#allocator.isStarved) return false;
    this.#effects.evictIdle();
    if (this.#allocator.place(job, lane)) return true;
    if (this.#allocator.inMemory > 0) return false;
    throw new MprocError(
      'ERR_MEMORY_FULL',
      `job ${job.jobId} does not fit into the pool's memory; give it more with memoryBytes`,
    );
  }

  /** Everything that waits here, taken out. */
  clear(): Job[] {
    const held = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    this.#jobSources.clear();
    this.#ahead.clear();
    this.#placedInTurn = 0;
    this.#stale = 0;
    this.#allocator.firstForMemory = undefined;
    this.#paused.clear();
    return [
      ...held,
      ...this.#aside.splice(0),
      ...this.#urgent.clear(),
      ...this.#alone.clear(),
      ...this.#waiting.clear(),
      ...this.#kept.clear(),
    ];
  }
}

/** One that was canceled while it waited may be on its way to the class's listeners already. */
function isToBePlaced(job: Job): boolean {
  return !job.answered && job.slot === -1;
}
