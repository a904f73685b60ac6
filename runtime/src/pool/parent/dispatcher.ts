import type { Logger } from '../../contracts/logger.js';
import { MprocError } from '../../errors/errors.js';
import { asError } from '../../worker/as-error.js';
import { Line } from '../transport/job-slots.js';
import type { Feed } from './feed.js';
import { Fifo } from './fifo.js';
import type { Fleet } from './fleet.js';
import { Isolation } from './isolation.js';
import type { Job } from './job.js';
import { LinkedList } from './linked-list.js';
import type { SlotDesk } from './slot-desk.js';
import type { WakePolicy } from './wake-policy.js';

/** Jobs that one call may place before another has its turn. */
const TURN = 64;
/** Where fewer than these fit beside a job that does not fit, jobs are too large for bundles. */
const STRAGGLERS_MATES = 4;
/** Jobs in the first bundle at most, where none is in memory; then as many as there are. */
const FIRST_TOGETHER = 4;
/** Jobs that have a slot each, and that children are shown at once. */
const PUBLISHED_AT_ONCE = 16;
/** Jobs that are not to be run any more stay in line until there are so many, and more of them than of others. */
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
  /** The same of jobs of a feed that were placed together. */
  leaveAll(feed: Feed): void;
  /** Gives the job's slot back; what it needs to be placed again is kept. */
  takeBack(job: Job): void;
  /** The job cannot be sent. */
  refuse(job: Job, error: Error): void;
  /** A job with a time limit, or something else of its own, lies in shared memory. */
  placed(job: Job): void;
}

/** Decides which job goes into shared memory next, as far as there is room. */
export class Dispatcher {
  readonly #desk: SlotDesk;
  readonly #waking: WakePolicy;
  readonly #effects: DispatchEffects;
  readonly #urgent = new Fifo<Job>();
  readonly #waiting = new Fifo<Job>();
  /** Those that may have jobs now; in front the one whose turn it is. */
  readonly #feeds = new LinkedList<Feed>();
  /** Jobs that the first of them has placed in its turn. */
  #placedInTurn = 0;
  /** Jobs in line that are not to be run any more, about. */
  #stale = 0;
  /** Jobs that a process could run, and for which there is no memory: others pass them. In order. */
  readonly #aside: Job[] = [];
  /** Feeds that have as many of those as they may. */
  readonly #paused = new Set<Feed>();
  /** A job that a feed gave and that found no room. */
  #held: Job | undefined;

  /** Jobs that must have a process to themselves. */
  readonly #alone: Isolation;

  constructor(desk: SlotDesk, fleet: Fleet, waking: WakePolicy, effects: DispatchEffects) {
    this.#desk = desk;
    this.#waking = waking;
    this.#effects = effects;
    this.#alone = new Isolation(desk, fleet, {
      now: () => effects.now(),
      takeBack: (job) => effects.takeBack(job),
      place: (job) => this.#place(job, undefined),
    });
  }

  get waiting(): number {
    return (
      this.#urgent.size + this.#alone.waiting + this.#waiting.size + this.#aside.length + (this.#held ? 1 : 0)
    );
  }

  add(job: Job, line: Line): void {
    if (job.runsAlone && job.notice === undefined) this.#alone.add(job);
    else (line === Line.Urgent ? this.#urgent : this.#waiting).push(job);
  }

  addFeed(feed: Feed): void {
    this.#feeds.push(feed);
  }

  removeFeed(feed: Feed): void {
    if (this.#feeds.first === feed) this.#placedInTurn = 0;
    this.#feeds.remove(feed);
    this.#paused.delete(feed);
  }

  /** A job was answered while it was in line. */
  leftLine(): void {
    this.#stale += 1;
    if (this.#stale <= MOST_STALE || 2 * this.#stale <= this.waiting) return;
    this.#stale = 0;
    this.#urgent.keepOnly(isToBePlaced);
    this.#waiting.keepOnly(isToBePlaced);
  }

  /** Places what there is room for. */
  pump(): void {
    this.#perWake = this.#waking.jobsPerWake;
    try {
      this.#alone.settle();
      if (
        this.#placeLine(this.#urgent, Line.Urgent) &&
        this.#placeAside() &&
        this.#placeHeld() &&
        this.#placeLine(this.#waiting, Line.Usual)
      )
        this.#placeFromFeeds();
    } finally {
      if (this.#unsung > 0) this.#wake();
    }
  }

  /** Jobs placed since the last bell. */
  #unsung = 0;
  #perWake = 1;

  /** A bell costs as much as some dozen small jobs, so small ones share one. */
  #countPlaced(count: number): void {
    this.#unsung += count;
    if (this.#unsung >= this.#perWake) this.#wake();
    else if (count > 1 || this.#unsung % PUBLISHED_AT_ONCE === 0) this.#desk.publish();
  }

  /** Looks who sleeps. In one turn that is worth one job at first, then two, four, up to sixteen: who slept is awake by then. */
  #wake(): void {
    this.#desk.publish();
    this.#waking.wake(this.#unsung);
    this.#unsung = 0;
    this.#perWake = Math.max(this.#perWake, Math.min(2 * this.#perWake, PUBLISHED_AT_ONCE));
  }

  /** `false` when there is no room. */
  #placeLine(jobs: Fifo<Job>, line: Line): boolean {
    for (let job = jobs.peek(); job !== undefined; job = jobs.peek()) {
      if (isToBePlaced(job) && !this.#place(job, line) && !this.#setAside(job)) return false;
      // Placing it may have run the user's code, and that have emptied the line, or swept it.
      if (jobs.peek() === job) jobs.shift();
    }
    return true;
  }

  /** Those that found no memory, as far as there is some now. */
  #placeAside(): boolean {
    for (let job = this.#aside[0]; job !== undefined; job = this.#aside[0]) {
      if (isToBePlaced(job) && !this.#place(job, Line.Usual)) break;
      if (this.#aside[0] === job) this.#aside.shift();
      this.#resumeFeeds();
      this.#desk.firstForMemory = this.#aside[0];
    }
    return true;
  }

  /** Lets others pass a job that a process could run, and for which there is no memory. `false` when it is to wait in line. */
  #setAside(job: Job): boolean {
    if (!this.#desk.isStarved || !this.#desk.lacksMemory || this.#aside.length >= MOST_ASIDE) return false;
    if (this.#aside.length > 0) this.#desk.forgetPacked(job);
    this.#aside.push(job);
    this.#desk.firstForMemory = this.#aside[0];
    return true;
  }

  #placeHeld(): boolean {
    const held = this.#held;
    if (held === undefined) return true;
    if (isToBePlaced(held) && !this.#place(held, Line.Usual) && !this.#setAside(held)) return false;
    this.#held = undefined;
    return true;
  }

  /** Turn by turn, until no feed has a job or there is no room. */
  #placeFromFeeds(): void {
    for (let feed = this.#feeds.shift(); feed !== undefined; feed = this.#feeds.shift())
      if (!this.#placeWithin(feed)) return;
  }

  /** The input of the call is its caller's code. One change of context does for the whole turn. */
  #placeWithin(feed: Feed): boolean {
    const { inContext } = feed;
    return inContext === undefined ? this.#placeFromFeed(feed) : inContext(() => this.#placeFromFeed(feed));
  }

  /** A turn of one feed, which is in no line meanwhile; `false` when there is no room. */
  #placeFromFeed(feed: Feed): boolean {
    if (this.#isPaused(feed)) return true;
    let count = -1;
    const now = this.#effects.now();
    try {
      do {
        const size = feed.isPlain ? Math.min(feed.task.bundleSize.jobs, this.#mostTogether()) : 1;
        count = size > 1 ? this.#placeBundle(feed, size, now) : this.#placeNext(feed, now);
        if (count > 0) this.#placedInTurn += count;
      } while (count > 0 && this.#placedInTurn < TURN && !this.#isPaused(feed));
    } finally {
      this.#endTurn(feed, count);
    }
    return count !== -1;
  }

  /** Has it as many jobs as it may that wait for memory? */
  #isPaused(feed: Feed): boolean {
    if (this.#aside.length === 0) return false;
    if (this.#aside.filter(({ caller }) => caller === feed).length < MOST_ASIDE_OF_CALL) return false;
    this.#placedInTurn = 0;
    this.#paused.add(feed);
    return true;
  }

  #resumeFeeds(): void {
    for (const feed of this.#paused) this.#feeds.push(feed);
    this.#paused.clear();
  }

  /** One that has nothing now is in line again when it says so. */
  #endTurn(feed: Feed, count: number): void {
    const isTurnOver = count === 0 || this.#placedInTurn >= TURN;
    if (isTurnOver || feed.isDone) this.#placedInTurn = 0;
    if (feed.isDone || count === 0 || this.#paused.has(feed)) return;
    if (isTurnOver) this.#feeds.push(feed);
    else this.#feeds.unshift(feed);
  }

  /** Where there is nothing to do yet, a process is to begin while the others are packed. */
  #mostTogether(): number {
    return Math.max(FIRST_TOGETHER, this.#desk.inMemory);
  }

  /** @returns 1; 0 when the feed has none now; -1 when there is no room for it */
  #placeNext(feed: Feed, now: number): number {
    const job = feed.nextJob();
    return job === undefined ? 0 : this.#placeOrHold(job, now);
  }

  /** @returns 1; -1 when there is no room */
  #placeOrHold(job: Job, now: number): number {
    job.queuedAt = now;
    if (this.#place(job, Line.Usual) || this.#setAside(job)) return 1;
    this.#held = job;
    return -1;
  }

  /** @returns how many were placed; -1 when there is no room */
  #placeBundle(feed: Feed, most: number, now: number): number {
    const count = this.#desk.placeBundle(feed, most, now);
    // A single one may find room where many do not.
    if (count === -1) return this.#desk.isStarved ? this.#placeNext(feed, now) : -1;
    if (count > 0 && feed.isOver) this.#effects.leaveAll(feed);
    else if (count > 0) this.#countPlaced(count);
    const { straggler } = this.#desk.bundles;
    if (straggler === undefined) return count;
    if (count < STRAGGLERS_MATES) feed.task.bundleSize.disappoint();
    const isPlaced = this.#placeOrHold(feed.jobOf(straggler.index, straggler.args), now) === 1;
    return isPlaced ? count + 1 : -1;
  }

  /** `false` when there is no room; a job that cannot be sent counts as placed. */
  #place(job: Job, line: Line | undefined): boolean {
    try {
      if (job.queuedAt === 0) job.queuedAt = this.#effects.now();
      if (!this.#desk.place(job, line) && !this.#makeRoom(job, line)) return false;
      if (!job.isPlain && job.slot !== -1) this.#effects.placed(job);
      if (job.caller.isOver && !job.answered) this.#effects.leave(job);
      this.#countPlaced(1);
      return true;
    } catch (error) {
      this.#desk.release(job);
      this.#effects.refuse(job, asError(error));
      return true;
    }
  }

  /**
   * While jobs are missing that could run, descriptions of workers without jobs must go.
   * @throws MprocError when there is no room even then, and nothing in memory that will be given back
   */
  #makeRoom(job: Job, line: Line | undefined): boolean {
    if (!this.#desk.isStarved) return false;
    this.#effects.evictIdle();
    if (this.#desk.place(job, line)) return true;
    if (this.#desk.inMemory > 0) return false;
    throw new MprocError(
      'ERR_MEMORY_FULL',
      `job ${job.jobId} does not fit into the pool's memory; give it more with memoryBytes`,
    );
  }

  /** Everything that waits here, taken out. */
  clear(): Job[] {
    const held = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    this.#feeds.clear();
    this.#placedInTurn = 0;
    this.#stale = 0;
    this.#desk.firstForMemory = undefined;
    this.#paused.clear();
    return [
      ...held,
      ...this.#aside.splice(0),
      ...this.#urgent.clear(),
      ...this.#alone.clear(),
      ...this.#waiting.clear(),
    ];
  }
}

/** One that was canceled while it waited may be on its way to the class's listeners already. */
function isToBePlaced(job: Job): boolean {
  return !job.answered && job.slot === -1;
}
