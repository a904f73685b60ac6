import type { ResolvedPoolOptions } from '../options.js';
import type { Steering } from '../steering/steering.js';
import type { Caller } from './caller.js';
import type { Job } from './job.js';
import type { JobSource } from './job-source.js';
import type { AnyWorker, Task } from './task.js';

/** A way for a call's jobs to reach a process: straight through shared memory, or over a queue that others serve too. */
export interface Route {
  /** Name of the pool. */
  readonly name: string;
  readonly options: ResolvedPoolOptions;
  /** @param prefix what the ids of its jobs begin with, where another pool has given them */
  taskOf(worker: AnyWorker, prefix?: string): Task;
  /** No new calls; those there are go on. */
  readonly isClosing: boolean;
  /** Nothing is taken any more, not even what others have asked for. */
  readonly hasEnded: boolean;
  /** A number that no other call of this pool has. */
  nextCall(): number;
  /** What the ids of a call's jobs begin with. */
  jobIdPrefix(task: Task, call: number): string;
  addCaller(caller: Caller): void;
  /** One whose jobs have ids of another pool's, or lie on queues: they are not found here by their ids. */
  addRemoteCaller(caller: Caller): void;
  removeCaller(caller: Caller): void;
  /** Counts a job of this task that is about to be given. */
  admit(task: Task): void;
  /** Takes a job at once. */
  submit(job: Job): void;
  /**
   * Does a job that has steering not have to run? Then it has an answer, or will have that of another job.
   * Asked of each such job that a call of many gives.
   */
  takesOver?(job: Job): boolean;
  /** Can the way do what a call asks for? @throws UnsupportedError before any job is given */
  mustBeAbleTo?(task: Task, steering: Steering): void;
  /** Name of the queue that jobs of this task go over, where they go over one. */
  queueOf?(task: Task): string;
  /** A call has jobs to give, or may have some again: one that has none now is not asked before it says so. */
  addJobSource(jobSource: JobSource): void;
  /** A call is over; what is left of it is stopped. */
  endCall(
    caller: Caller,
    jobSource: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void;
}
