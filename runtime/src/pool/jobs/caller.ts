import type { Response } from '../../contracts/response.js';
import type { CallRecord } from '../../response/call-record.js';
import type { CallerContext } from '../calls/caller-context.js';
import type { SetMember } from '../collections/indexed-set.js';
import type { TableMember } from '../collections/number-table.js';
import type { Job } from './job.js';

/** Who asked for jobs and takes their answers. */
export interface Caller extends SetMember, TableMember<Caller> {
  /** Number of the call within the pool. */
  readonly number: number;
  readonly record: CallRecord;
  /** Runs for somebody else, who hears of the answer in another way. */
  readonly isForOthers: boolean;
  /** Its answers are handed out all at once, so that none of them is waited for before the last. @default false */
  readonly isPatient?: boolean;
  /** Where code of the caller is called: what its `AsyncLocalStorage`s held at the call. `undefined` where there is no such code. */
  readonly inContext?: CallerContext | undefined;
  /** Nobody waits for its answers any more. */
  readonly isOver: boolean;
  /** Has it more to come though it has no job now, so that `close` waits for it? @default false */
  readonly holdsOpen?: boolean;
  settle(index: number, response: Response<unknown>): void;
  /** The same of a first attempt that has succeeded, where nobody sees the response before the last one is there. */
  settleUnseen?(index: number, body: unknown): void;
  /** The job's module cannot be loaded, or the pool cannot run anything: there will be no answers. */
  fail(error: Error): void;
  /** The pool ends by a signal, and nothing of this call runs here any more: gives what there is, and this error for the rest. */
  giveRest?(error: Error): void;
  progress(job: Job, value: unknown): void;
  /** Its job of that position, where it has an object of its own and is not answered. */
  openJob(index: number): Job | undefined;
  /** All of these. */
  openJobs(): Job[];
  /** One of its jobs, which had none, has got an object of its own. */
  jobOpened?(job: Job): void;
  /** One of these jobs is answered, or let go of. */
  jobClosed?(job: Job): void;
  /** Bundles of its jobs that lie in shared memory. */
  bundles: number;
}
