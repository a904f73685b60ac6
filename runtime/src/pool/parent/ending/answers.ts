import type { Response } from '../../../contracts/response.js';
import { firstSuccess } from '../../../response/job-response.js';
import { tellEnd } from '../../channels/job-channel.js';
import type { Caller } from '../../jobs/caller.js';
import type { Job } from '../../jobs/job.js';
import type { OpenCalls } from '../../jobs/open-calls.js';
import type { Task } from '../../jobs/task.js';
import type { TaskRegistry } from '../../jobs/task-registry.js';
import type { ResolvedPoolOptions } from '../../options.js';
import type { EngineEvents } from '../../pool-engine.js';
import { NO_OUTPUT } from '../output/child-output.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { ParentLoop } from '../results/parent-loop.js';
import type { ReadyJobs } from '../waiting/ready-jobs.js';
import type { Deadlines } from './deadlines.js';

export interface AnswerParts {
  readonly options: Pick<ResolvedPoolOptions, 'output'>;
  readonly events: EngineEvents;
  readonly allocator: SlotAllocator;
  readonly tasks: TaskRegistry;
  readonly calls: OpenCalls;
  readonly deadlines: Deadlines;
  readonly loop: ParentLoop;
  readonly ready: ReadyJobs;
  readonly hasEnded: boolean;
  readonly isClosing: boolean;
}

/** Counts jobs from the moment they come to their answer, and gives each its answer once. */
export class Answers {
  /** Jobs that have not been answered. */
  outstanding = 0;
  answered = 0;
  /** Of these. */
  failed = 0;
  readonly #parts: AnswerParts;
  /** Jobs are outstanding, and `onIdle` has not been told since. */
  #isBusy = false;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** A job has come. */
  admit(task: Task): void {
    if (!this.#isBusy) this.#parts.loop.holdOpen(true);
    this.#isBusy = true;
    this.outstanding += 1;
    this.#parts.tasks.jobCame(task);
  }

  /** The job has its answer, wherever it comes from. */
  answer(job: Job, response: Response<unknown>): void {
    if (job.answered || this.#parts.hasEnded) return;
    job.answered = true;
    this.answered += 1;
    if (!response.ok) this.failed += 1;
    if (this.#parts.options.output === 'response')
      Object.assign(response, { output: job.output ?? NO_OUTPUT });
    this.#letGo(job, response);
    this.#tell(job.caller, job.index, response, job);
    this.#tellIfIdle();
  }

  /** The same for a first attempt that has succeeded, of a job that there is no object for. */
  answerPlain(task: Task, caller: Caller, index: number, body: unknown): void {
    const { hasEnded, tasks, events } = this.#parts;
    if (hasEnded) return;
    tasks.jobGone(task);
    this.outstanding -= 1;
    this.answered += 1;
    if (caller.settleUnseen !== undefined && events.onUnseenSuccess()) caller.settleUnseen(index, body);
    else this.#tell(caller, index, firstSuccess(body, index, caller.record));
    this.#tellIfIdle();
  }

  /** Nobody will hear of the job. */
  settled(job: Job): void {
    this.#letGo(job, undefined);
    this.#tellIfIdle();
  }

  /** Nothing is left of a job that was answered before. */
  forget(job: Job): void {
    if (job.steering?.limit !== undefined) this.#parts.ready.line?.gone(job);
    this.#parts.tasks.jobGone(job.task);
  }

  #letGo(job: Job, response: Response<unknown> | undefined): void {
    const { ready, deadlines, allocator } = this.#parts;
    if (job.message !== undefined) tellEnd(job, response);
    job.caller.jobClosed?.(job);
    if (job.steering !== undefined) ready.line?.left(job, response);
    deadlines.forget(job);
    allocator.forgetArgs(job);
    if (job.slot === -1) this.forget(job);
    this.outstanding -= 1;
  }

  #tell(caller: Caller, index: number, response: Response<unknown>, job?: Job): void {
    this.#parts.events.onAnswer(caller, response, job);
    caller.settle(index, response);
  }

  /** After the answer, so that who ends the pool when it is idle does not take the last answer away. */
  #tellIfIdle(): void {
    if (this.outstanding > 0 || !this.#isBusy || this.#parts.hasEnded) return;
    this.#isBusy = false;
    this.#parts.loop.holdOpen(false);
    this.#parts.events.onIdle();
    this.tellIfQuiet();
  }

  /** Nothing is outstanding, and no call has more to come. */
  get isQuiet(): boolean {
    return this.outstanding <= 0 && !this.#parts.calls.haveMore();
  }

  tellIfQuiet(): void {
    if (this.#parts.isClosing && this.isQuiet) this.#parts.events.onQuiet();
  }
}
