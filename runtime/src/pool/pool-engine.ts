import type { Response } from '../contracts/response.js';
import type { Recorder } from '../trace/recorder.js';
import type { Lend } from '../values/index.js';
import type { WorkerClass } from '../worker/worker.js';
import type { Caller } from './jobs/caller.js';
import type { Job, Stop } from './jobs/job.js';
import type { Route } from './jobs/route.js';
import type { BroadcastAnswer } from './parent/processes/broadcasts.js';
import type { Death } from './parent/processes/child-process.js';
import type { EngineStats } from './pool-stats.js';

/** Jobs that have steering, as what runs them knows them. */
export interface JobsInLine {
  /** Those that wait for a time. */
  readonly delayed: number;
  /** Those that wait for others. */
  readonly waiting: number;
  /** A job failed, and is tried again. `false` where the way of other jobs does. */
  again(job: Job, delayMs: number): boolean;
  /** An attempt of a job of a limited class has ended, and there is to be another: at once, where it takes the job over, or later. */
  between(job: Job, isAtOnce: boolean): void;
  /** No process is at the job any more, and none will be. */
  gone(job: Job): void;
  /** A job is answered, or let go of. */
  left(job: Job, response: Response<unknown> | undefined): void;
  /** The pool has had a turn: other jobs may have come or gone. */
  turned(): void;
  close(): void;
}

/** What an engine tells the pool that it runs for. */
export interface EngineEvents {
  onSpawn(pid: number): void;
  onExit(death: Death): void;
  onAnswer(caller: Caller, response: Response<unknown>, job?: Job): void;
  /** A job has succeeded. `false` where somebody wants its response now: then it is told by `onAnswer`, and this changes nothing. */
  onUnseenSuccess(): boolean;
  /** Another program asks for the end of a job that this pool has, maybe for a caller elsewhere. */
  onCancelRequest(jobId: string): void;
  onIdle(): void;
  /** Nothing is outstanding, and no call has more to come. */
  onQuiet(): void;
}

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
  stats(): EngineStats;
  /** Keeps what happens, while the pool is traced. */
  recorder: Recorder | undefined;
  /** Milliseconds since the engine was made. */
  now(): number;
  /**
   * Jobs get arrays that are lent without a copy.
   * @returns `false` where they get copies all the same: they run in this process, or go over queues
   */
  lendBy(lend: Lend): boolean;
  /** Lets jobs wait where they are, or go on. */
  holdUp(held: boolean): void;
  /** The job of an id, while it is not answered. */
  find(jobId: string): Job | undefined;
  /** Stops a job wherever it is, and answers it. */
  stop(job: Job, stop: Stop): void;
  /** Where jobs wait that have steering; made for the first of them. */
  line: JobsInLine | undefined;
  /** Has it others to run than those that may wait, or as many as can run at once? */
  readonly isFull: boolean;
  /** More of them. */
  readonly isOverfull: boolean;
  /** Puts a job in line that was admitted: in front of all that nobody has begun, or behind. */
  putInLine(job: Job, inFront: boolean): void;
  /** Takes a job out of the line that nobody has begun, to be put there again; `false` for one that somebody has. */
  takeBack(job: Job): boolean;
  /** When the attempt of a job began, in milliseconds since the engine was made; 0 while it has not. */
  startedAt(job: Job): number;
  /** Answers a job that cannot be begun. */
  refuse(job: Job, error: Error): void;
  /** Does an attempt run, or has one? */
  hasBegun(job: Job): boolean;
  /** Stops a job unless it has begun, and answers it. */
  stopUnbegun(job: Job, stop: Stop): void;
  /** Lets go of a job that no process is at, as if it had never come; `false` when one is. */
  withdraw(job: Job): boolean;
  /** Lets go of a job without an answer. */
  abandon(job: Job): void;
  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void;
  /** @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD` for a class that no process could load */
  mustBeRunnable(workerClass: WorkerClass): void;
  /** Keeps jobs of a class from beginning, or lets them. */
  pause(workerClass: WorkerClass, isPaused: boolean): void;
  /** Is the job kept from beginning, as its class is? */
  isPaused(job: Job): boolean;
  /** Names of the classes that are kept. */
  paused(): string[];
  broadcast(
    workerClass: WorkerClass,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]>;
  /** @param gives whether calls give what is done */
  destroy(reason?: Error, gives?: boolean): Promise<void>;
}
