import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { queueMicrotask } from '../../clock/timers.js';
import type { Response } from '../../contracts/response.js';
import { AbortError, PoolClosedError } from '../../errors/errors.js';
import type { CallRecord } from '../../response/call-record.js';
import { areJobsTold, tellStart } from '../channels/job-channel.js';
import { NumberTable } from '../collections/number-table.js';
import type { Caller } from '../jobs/caller.js';
import { Job } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker, Task } from '../jobs/task.js';
import type { JobOptions, KeyOfJob } from '../steering/job-options.js';
import type { Steering } from '../steering/steering.js';
import { type CallerContext, callerContext, within } from './caller-context.js';
import { type Input, openInput, thrownByInput } from './input.js';

/** Options of `map`, `imap` and `imapUnordered`. */
export interface CallOptions<Args = never> extends JobOptions {
  /** Ends the call: running jobs are stopped, and waiting jobs do not begin. @throws `ABORT_ERR` from the call */
  readonly signal?: AbortSignal;
  /** How long an attempt may run, in milliseconds. @default the worker's, else the pool's @throws `ERR_JOB_TIMEOUT` as the error of the job */
  readonly timeoutMs?: number;
  /**
   * Gives the key of a job: while one of its class with the same key waits or runs for a call of this pool, no other is run, and
   * each has its answer. `undefined` is no key.
   * @default none
   */
  readonly dedupeKey?: KeyOfJob<Args>;
  /** @internal What follows from the options of its jobs, where there are any. */
  readonly steering?: Steering | undefined;
  /** Called soon after a job was taken from the input. From then on, `cancel` knows its id. */
  readonly onSubmit?: (job: SubmittedJob) => void;
  /** Called when a job is answered, and when one reports progress of its own. */
  readonly onProgress?: (progress: Progress) => void;
  /** Gives each response the `input` of its job: the value that the input gave. @default false */
  readonly keepInputs?: boolean;
}

/** A job that was taken from the input. */
export interface SubmittedJob {
  /** For `cancel`. */
  readonly jobId: string;
  /** Its position among the arguments. */
  readonly index: number;
}

/** How far a call is. */
export interface Progress {
  /** Jobs that were answered. */
  readonly done: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** Jobs there are in all; `undefined` while the input has not ended. */
  readonly total: number | undefined;
  /** The job that reports; only with `value`. */
  readonly jobId?: string;
  /** What the job reported. */
  readonly value?: unknown;
}

/** Many jobs of one worker: takes them from an input as there is room, and hears what becomes of them. */
export abstract class ManyJobsCall implements Caller, JobSource {
  protected readonly route: Route;
  readonly task: Task;
  readonly #input: Input;
  readonly #options: CallOptions;
  readonly #timeoutMs: number | undefined;
  readonly #forgetSignal: (() => void) | undefined;
  /** Does somebody outside hear of its jobs? */
  readonly #isTold: boolean;
  readonly #openJobs = new NumberTable<Job>((job) => job.index);
  place = -1;
  nextInTable: Caller | undefined = undefined;
  previousInList: JobSource | undefined = undefined;
  nextInList: JobSource | undefined = undefined;
  isInList = false;
  bundles = 0;
  given = 0;
  protected done = 0;
  /** What the input gave, where responses are to have it. */
  readonly #inputs: unknown[] | undefined;
  #failed = 0;
  readonly number: number;
  abstract readonly record: CallRecord;
  readonly isForOthers = false;
  readonly inContext: CallerContext | undefined;
  isOver = false;
  readonly steering: Steering | undefined;
  /** Not where each job has a time limit, or counts for its process, or somebody wants to know of it. */
  readonly isPlain: boolean;

  constructor(
    route: Route,
    worker: AnyWorker,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: CallOptions,
  ) {
    this.route = route;
    this.#options = options;
    // Of an array, those that are not taken have an answer, too.
    if (options.keepInputs) this.#inputs = Array.isArray(inputs) ? [...inputs] : [];
    this.task = route.taskOf(worker);
    this.steering = options.steering;
    if (this.steering !== undefined) route.mustBeAbleTo?.(this.task, this.steering);
    this.#timeoutMs = options.timeoutMs ?? this.task.timeoutMs ?? route.options.timeoutMs;
    this.number = route.nextCall();
    const { onProgress, onSubmit } = options;
    this.#isTold = areJobsTold();
    const isHeard = this.#isTold || (onProgress ?? onSubmit) !== undefined || this.task.callsBack;
    if (!Array.isArray(inputs) || isHeard) this.inContext = callerContext();
    const { maxJobsPerProcess, maxMemoryBytes, keep, output } = route.options;
    this.isPlain =
      (this.#timeoutMs ?? maxJobsPerProcess ?? maxMemoryBytes ?? keep ?? options.onSubmit) === undefined &&
      output === 'program' &&
      this.steering === undefined &&
      !this.#isTold &&
      !this.task.mayBeHeard;
    this.#input = openInput(
      inputs,
      () => this.#onInput(),
      () => this.window - this.underWay,
    );
    const { signal } = options;
    if (signal !== undefined)
      this.#forgetSignal = subscribeToAbort(signal, () => this.fail(new AbortError(signal)));
  }

  /** Begins to take input. */
  protected open(): void {
    if (this.#options.signal?.aborted) return this.fail(new AbortError(this.#options.signal));
    // An iterator may have been made while the pool was open, or been returned before it was read.
    if (this.isOver) return;
    if (this.route.isClosing) return this.fail(new PoolClosedError());
    this.route.addCaller(this);
    this.route.addJobSource(this);
  }

  /** How many jobs may be under way at once. */
  protected abstract readonly window: number;

  protected abstract onAnswer(index: number, response: Response<unknown>): void;
  protected abstract onEnd(error: Error | undefined): void;

  /** Jobs that count against the window. */
  protected get underWay(): number {
    return this.given - this.done;
  }

  /** There is room in the window again. */
  protected resume(): void {
    if (!this.isDone) this.route.addJobSource(this);
  }

  /** Nobody reads any more. */
  protected stopReading(): void {
    if (!this.isOver) this.#end(undefined);
  }

  nextArgs(): unknown {
    if (this.isOver || this.underWay >= this.window) return undefined;
    let value: unknown;
    try {
      value = this.#input.take();
    } catch (error) {
      this.fail(thrownByInput(error));
      return undefined;
    }
    // The input may have ended the call, or the pool: what it gives then is not wanted.
    if (this.isOver) return undefined;
    if (value === undefined && this.#input.wasEmpty) this.#endWhenAnswered();
    else {
      if (this.#inputs !== undefined) this.#inputs[this.given] = value;
      this.given += 1;
      this.route.admit(this.task);
    }
    return value;
  }

  nextJob(): Job | undefined {
    for (;;) {
      const index = this.given;
      const args = this.nextArgs();
      if (this.given === index) return undefined;
      const job = this.jobOf(index, args);
      if (this.steering === undefined || !this.route.takesOver?.(job)) return job;
    }
  }

  jobOf(index: number, args: unknown): Job {
    const job = new Job(this.task, this, index, args);
    this.jobOpened(job);
    if (this.#isTold) tellStart(job, this.route.name, this.route.queueOf?.(this.task), 'caller');
    if (this.#timeoutMs !== undefined) job.timeoutMs = this.#timeoutMs;
    if (this.steering !== undefined) job.steering = this.steering;
    // It has its place in a line by then, where it can be found.
    if (this.#options.onSubmit !== undefined) queueMicrotask(() => this.#tellSubmitted(job));
    return job;
  }

  jobOpened(job: Job): void {
    this.#openJobs.add(job);
  }

  jobClosed(job: Job): void {
    this.#openJobs.remove(job);
  }

  openJob(index: number): Job | undefined {
    return this.#openJobs.get(index);
  }

  openJobs(): Job[] {
    return this.#openJobs.all();
  }

  /** How many jobs there will be, where that is known. */
  get total(): number | undefined {
    return this.#input.length;
  }

  #tellSubmitted({ jobId, index }: Job): void {
    try {
      this.#options.onSubmit?.({ jobId, index });
    } catch (error) {
      this.route.options.logger.error('onSubmit failed:', error);
    }
  }

  get holdsOpen(): boolean {
    return !this.isOver;
  }

  get isDone(): boolean {
    return this.isOver || this.#input.isDone;
  }

  settle(index: number, response: Response<unknown>): void {
    if (this.isOver) return;
    if (!response.ok) this.#failed += 1;
    this.onAnswer(index, response);
    this.settled();
  }

  protected get keepsInputs(): boolean {
    return this.#inputs !== undefined;
  }

  /** Adds what the job was given, and lets go of it. */
  protected addInput(response: Response<unknown>): void {
    const inputs = this.#inputs;
    if (inputs === undefined) return;
    Object.assign(response, { input: inputs[response.index] });
    inputs[response.index] = undefined;
  }

  /** One was answered, and who takes the answer has it. */
  protected settled(): void {
    this.done += 1;
    this.#report();
    this.#endWhenAnswered();
  }

  progress(job: Job, value: unknown): void {
    if (!this.isOver) this.#report({ jobId: job.jobId, value });
  }

  #report(own?: { jobId: string; value: unknown }): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return;
    const total = this.#input.length ?? (this.#input.isDone ? this.given : undefined);
    try {
      within(this.inContext, () => onProgress({ done: this.done, failed: this.#failed, total, ...own }));
    } catch (error) {
      this.route.options.logger.error('onProgress failed:', error);
    }
  }

  #onInput(): void {
    if (this.#input.error !== undefined) this.fail(this.#input.error);
    else if (!this.isOver) this.route.addJobSource(this);
    this.#endWhenAnswered();
  }

  #endWhenAnswered(): void {
    if (!this.isOver && this.#input.isDone && this.given === this.done) this.#end(undefined);
  }

  /** Of an array, the arguments that were not taken have an answer, too; what else an input would give is not asked for. */
  protected rest(): number {
    return Math.max(0, (this.total ?? this.given) - this.given);
  }

  /** Ends well, whatever has no answer. */
  protected endUnfinished(): void {
    if (!this.isOver) this.#end(undefined);
  }

  fail(error: Error): void {
    if (!this.isOver) this.#end(error);
  }

  #end(error: Error | undefined): void {
    this.isOver = true;
    this.#forgetSignal?.();
    within(this.inContext, () => this.#input.close());
    this.route.endCall(this, this, error);
    this.onEnd(error);
  }
}
