import type { Attempt, Response } from '../../contracts/response.js';
import type { CallRecord } from '../../response/call-record.js';
import type { Parcel } from '../transport/parcel.js';
import type { AnyWorker, Task } from './task.js';

/** Who asked for jobs and takes their answers. */
export interface Caller {
  /** Number of the call within the pool. */
  readonly number: number;
  readonly record: CallRecord;
  /** Runs for somebody else, who hears of the answer in another way. */
  readonly isForOthers: boolean;
  /** Nobody waits for its answers any more. */
  readonly isOver: boolean;
  /** Has it more to come though it has no job now, so that `close` waits for it? @default false */
  readonly holdsOpen?: boolean;
  settle(job: Job, response: Response<unknown>): void;
  /** The job's module cannot be loaded, or the pool cannot run anything: there will be no answers. */
  fail(error: Error): void;
  progress(job: Job, value: unknown): void;
}

/** Why a job was told to stop. */
export interface Stop {
  readonly kind: 'timeout' | 'canceled';
  readonly error: Error;
}

/** What the parent keeps of a job while it is not answered. */
export class Job {
  attempt = 1;
  /** Slot that it occupies; -1 while it waits in the parent. */
  slot = -1;
  /** Page of its payload; -1 when it has none. */
  page = -1;
  parcel: Parcel | undefined;
  queuedAt = 0;
  /** When its first attempt began; 0 before. */
  firstStartedAt = 0;
  /** Attempts that failed; made with the first of them. */
  earlier: Attempt[] | undefined;
  /** State that replaces the task's; set when an attempt or a listener changed it. */
  state: Buffer | undefined;
  /** Arguments as they were packed for the first attempt; kept only when there is another. */
  packedArgs: Buffer | undefined;
  /** The worker as listeners in this process see it. */
  view: AnyWorker | undefined;
  stop: Stop | undefined;
  /** What its process is about to die of. */
  fatal: Error | undefined;
  /** Set while a notice to the listeners of the class is on its way: what to do when it has been heard. */
  afterNotice: (() => void) | undefined;
  notice: Buffer | undefined;
  timeoutMs: number | undefined;
  answered = false;

  constructor(
    readonly task: Task,
    readonly caller: Caller,
    /** Position in the call. */
    readonly index: number,
    public args: unknown,
  ) {}

  get jobId(): string {
    return `${this.caller.record.jobIdPrefix}.${this.index}`;
  }
}
