import type { ListMember } from '../collections/linked-list.js';
import type { Steering } from '../steering/steering.js';
import type { Caller } from './caller.js';
import type { Job } from './job.js';
import type { Task } from './task.js';

/** A call that has more jobs to give, as there is room for them. */
export interface JobSource extends Caller, ListMember<JobSource> {
  readonly task: Task;
  /** Of each of its jobs. */
  readonly steering?: Steering | undefined;
  /** The next job; `undefined` when there is none now, or none any more. */
  nextJob(): Job | undefined;
  /** Will there never be another one? */
  readonly isDone: boolean;
  /** May its jobs share slots, because there is nothing to be told of each but its result? */
  readonly isPlain: boolean;
  /** How many jobs there will be, where that is known. */
  readonly total: number | undefined;
  /** Position of the next job. */
  readonly given: number;
  /**
   * In place of `nextJob`: the arguments of the next job, which has its position then. `undefined` with `given` as it was
   * when there is none: a value of its own for that would have to be compared with each.
   */
  nextArgs(): unknown;
  /** An object for a job whose arguments were taken. */
  jobOf(index: number, args: unknown): Job;
}
