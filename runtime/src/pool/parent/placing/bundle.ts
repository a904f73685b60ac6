import type { SetMember } from '../../collections/indexed-set.js';
import type { Caller } from '../../jobs/caller.js';
import { Job } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';

/**
 * Small jobs of one call that lie in one slot, one after another, and that one child runs in order. There is no object
 * for each of them, unless something befalls it.
 */
export class Bundle implements SetMember {
  place = -1;
  /** How many are done: a child tells of them in order. */
  done = 0;
  /** Once the bundle was ended early: the job that its child is at, which is the last one. */
  last: Job | undefined;
  /** Where its bytes are in the segment, in bytes from the start. */
  lastAt = 0;
  lastBytes = 0;

  /** Why something that the job at `done` has told of itself cannot be read; the job fails with it when it ends. */
  unreadable: Error | undefined;
  /** When it was first seen that a child has it; 0 before. */
  seenTakenAt = 0;

  constructor(
    readonly task: Task,
    readonly caller: Caller,
    /** Position of the first within the call; the others follow it. */
    readonly first: number,
    public count: number,
    readonly slot: number,
    readonly page: number,
    readonly queuedAt: number,
  ) {}

  /** Does a job of this position in the call lie here, not done? */
  holds(index: number): boolean {
    return index >= this.first + this.done && index < this.first + this.count;
  }

  /** An object for one of the jobs, as it is told of; the job stays where it is. */
  jobAt(position: number): Job {
    const job = new Job(this.task, this.caller, this.first + position, undefined);
    job.queuedAt = this.queuedAt;
    return job;
  }
}
