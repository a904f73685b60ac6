import type { ResolvedPoolOptions } from '../options.js';
import type { Caller, Job } from './job.js';
import type { JobSource } from './job-source.js';
import type { AnyWorker, Task } from './task.js';

/** A way for a call's jobs to reach a process: straight through shared memory, or over a queue that others serve too. */
export interface Route {
  readonly options: ResolvedPoolOptions;
  taskOf(worker: AnyWorker): Task;
  /** No new calls; those there are go on. */
  readonly isClosing: boolean;
  /** Nothing is taken any more, not even what others have asked for. */
  readonly hasEnded: boolean;
  /** A number that no other call of this pool has. */
  nextCall(): number;
  /** What the ids of a call's jobs begin with. */
  jobIdPrefix(task: Task, call: number): string;
  addCaller(caller: Caller): void;
  removeCaller(caller: Caller): void;
  /** Counts a job of this task that is about to be given. */
  admit(task: Task): void;
  /** Takes a job at once. */
  submit(job: Job): void;
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
