import type { Response } from '../contracts/response.js';
import type { WorkerClass } from '../worker/worker.js';
import type { BroadcastAnswer } from './parent/broadcasts.js';
import type { Caller, Job, Stop } from './parent/job.js';
import type { Route } from './parent/route.js';

/** What runs the jobs of a pool: its processes, or this process itself. */
export interface PoolEngine extends Route {
  readonly name: string;
  readonly supervisor: {
    readonly alive: number;
    readonly pids: readonly number[];
    readonly spawned: number;
    /** Lets what runs end, and takes nothing more; resolves when nothing is left. */
    drain(): Promise<void>;
  };
  /** Jobs that have not been answered. */
  readonly outstanding: number;
  readonly delayed: number;
  readonly inMemory: number;
  /** No new calls; those there are go on. */
  isClosing: boolean;
  /** Nothing is outstanding, and no call has more to come. */
  readonly isQuiet: boolean;
  /** Milliseconds since the engine was made. */
  now(): number;
  /** Lets jobs wait where they are, or go on. */
  holdUp(held: boolean): void;
  addRemoteCaller(caller: Caller): void;
  /** The job of an id, while it is not answered. */
  find(jobId: string): Job | undefined;
  /** Stops a job wherever it is, and answers it. */
  stop(job: Job, stop: Stop): void;
  /** Lets go of a job without an answer. */
  abandon(job: Job): void;
  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void;
  /** @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD` for a class that no process could load */
  mustBeRunnable(workerClass: WorkerClass): void;
  broadcast(
    workerClass: WorkerClass,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]>;
  /** @param gives whether calls give what is done */
  destroy(reason?: Error, gives?: boolean): Promise<void>;
}
