import type { Logger } from '../../contracts/logger.js';
import { asError } from '../../worker/as-error.js';
import { Line } from '../transport/job-slots.js';
import type { Feed } from './feed.js';
import { Fifo } from './fifo.js';
import type { Job } from './job.js';
import type { SlotDesk } from './slot-desk.js';

/** Jobs that one call may place before another has its turn. */
const TURN = 32;

export interface DispatchEffects {
  readonly logger: Logger;
  now(): number;
  wake(jobs: number): void;
  /** The job cannot be sent. */
  refuse(job: Job, error: Error): void;
}

/** Decides which job goes into shared memory next, as far as there is room. */
export class Dispatcher {
  readonly #desk: SlotDesk;
  readonly #effects: DispatchEffects;
  readonly #urgent = new Fifo<Job>();
  readonly #waiting = new Fifo<Job>();
  #feeds: Feed[] = [];
  /** A job that a feed gave and that found no room. */
  #held: Job | undefined;

  constructor(desk: SlotDesk, effects: DispatchEffects) {
    this.#desk = desk;
    this.#effects = effects;
  }

  get waiting(): number {
    return this.#urgent.size + this.#waiting.size + (this.#held ? 1 : 0);
  }

  add(job: Job, line: Line): void {
    (line === Line.Urgent ? this.#urgent : this.#waiting).push(job);
  }

  addFeed(feed: Feed): void {
    this.#feeds.push(feed);
  }

  removeFeed(feed: Feed): void {
    this.#feeds = this.#feeds.filter((other) => other !== feed);
  }

  /** Places what there is room for. */
  pump(): void {
    if (!this.#pumpLine(this.#urgent, Line.Urgent)) return;
    if (this.#held !== undefined) {
      const held = this.#held;
      this.#held = undefined;
      if (!held.answered && !this.#place(held, Line.Usual)) {
        this.#held = held;
        return;
      }
      this.#effects.wake(1);
    }
    if (!this.#pumpLine(this.#waiting, Line.Usual)) return;
    while (this.#feeds.length > 0 && this.#pumpFeeds());
  }

  /** `false` when there is no room. */
  #pumpLine(jobs: Fifo<Job>, line: Line): boolean {
    let placed = 0;
    let hasRoom = true;
    for (let job = jobs.peek(); job !== undefined && hasRoom; job = jobs.peek()) {
      hasRoom = job.answered || this.#place(job, line);
      if (!hasRoom) break;
      jobs.shift();
      placed += 1;
    }
    if (placed > 0) this.#effects.wake(placed);
    return hasRoom;
  }

  /** A turn for each feed; `false` when nothing more can be done now. */
  #pumpFeeds(): boolean {
    let gave = false;
    for (const feed of [...this.#feeds]) {
      let placed = 0;
      while (placed < TURN) {
        const job = feed.nextJob();
        if (job === undefined) break;
        if (!this.#place(job, Line.Usual)) {
          this.#held = job;
          this.#effects.wake(placed);
          return false;
        }
        placed += 1;
      }
      if (feed.isDone) this.removeFeed(feed);
      if (placed > 0) this.#effects.wake(placed);
      if (placed === TURN) gave = true;
    }
    return gave;
  }

  /** `false` when there is no room; a job that cannot be sent counts as placed. */
  #place(job: Job, line: Line): boolean {
    try {
      if (job.queuedAt === 0) job.queuedAt = this.#effects.now();
      return this.#desk.place(job, line);
    } catch (error) {
      this.#desk.release(job);
      this.#effects.refuse(job, asError(error));
      return true;
    }
  }

  /** What waits here. */
  jobs(): Job[] {
    return [
      ...(this.#held === undefined ? [] : [this.#held]),
      ...this.#urgent.items(),
      ...this.#waiting.items(),
    ];
  }

  /** Everything that waits here, taken out. */
  clear(): Job[] {
    const held = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    this.#feeds = [];
    return [...held, ...this.#urgent.clear(), ...this.#waiting.clear()];
  }
}
