import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import type { JobBefore } from '../../contracts/job-before.js';
import type { Response } from '../../contracts/response.js';
import { AbortError, PoolClosedError } from '../../errors/errors.js';
import { SingleRecord } from '../../response/call-record.js';
import { areJobsTold, isEmpty, tellEnd, tellStart } from '../channels/job-channel.js';
import type { Caller } from '../jobs/caller.js';
import { Job } from '../jobs/job.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker } from '../jobs/task.js';
import type { JobOptions } from '../steering/job-options.js';
import type { Steering } from '../steering/steering.js';
import { type CallerContext, callerContext, within } from './caller-context.js';
import { mustNotThrow } from './check-options.js';

/** Options of `run`. */
export interface RunOptions extends JobOptions {
  /** Ends the call; the job is stopped if it runs. @throws `ABORT_ERR` from the call */
  readonly signal?: AbortSignal;
  /** How long an attempt may run, in milliseconds. @default the worker's, else the pool's @throws `ERR_JOB_TIMEOUT` as the error of the job */
  readonly timeoutMs?: number;
  /**
   * While a job of this class with the same key waits or runs for a call of this pool, no other is run, and each has its answer.
   * @default none
   */
  readonly dedupeKey?: string;
  /** @internal What follows from these options, where there are any. */
  readonly steering?: Steering | undefined;
  /** Gives the response the `input` of its job. @default false */
  readonly keepInputs?: boolean;
  /** @internal The answer is another process's. */
  readonly isForOthers?: boolean;
  /** @internal The id that another pool has given the job. */
  readonly id?: JobId;
  /** @internal What came with the job over a queue. */
  readonly carrier?: Readonly<Record<string, string>>;
  /** @internal What became of the jobs before it. */
  readonly before?: readonly JobBefore[] | undefined;
  /** Called with what the job reports of its progress. */
  readonly onProgress?: (progress: { readonly jobId: string; readonly value: unknown }) => void;
}

/** An id in its parts: they are parted by dots. */
export interface JobId {
  readonly prefix: string;
  readonly call: number;
  readonly index: number;
}

/** One job, one response. */
export class RunCall implements Caller {
  place = -1;
  nextInTable: Caller | undefined = undefined;
  bundles = 0;
  readonly #route: Route;
  readonly #options: RunOptions;
  readonly #input: { readonly input: unknown } | undefined;
  readonly #resolve: (response: Response<unknown>) => void;
  readonly #reject: (error: Error) => void;
  readonly job: Job;
  readonly number: number;
  readonly record: SingleRecord;
  readonly #forgetSignal: (() => void) | undefined;
  readonly isForOthers: boolean;
  readonly inContext: CallerContext | undefined;
  isOver = false;

  constructor(
    route: Route,
    worker: AnyWorker,
    args: unknown,
    options: RunOptions,
    resolve: (response: Response<unknown>) => void,
    reject: (error: Error) => void,
  ) {
    mustNotThrow('run', options);
    this.#route = route;
    if (options.keepInputs) this.#input = { input: args };
    this.#options = options;
    this.isForOthers = options.isForOthers ?? false;
    this.#resolve = resolve;
    this.#reject = reject;
    const { id } = options;
    const task = route.taskOf(worker, id?.prefix);
    const { steering } = options;
    if (steering !== undefined) route.mustBeAbleTo?.(task, steering);
    // Getters of the worker's fields may have ended the call before it began, or the pool.
    if (options.signal?.aborted) throw new AbortError(options.signal);
    if (route.hasEnded) throw new PoolClosedError();
    const isTold = areJobsTold();
    if (isTold || options.onProgress !== undefined || task.callsBack) this.inContext = callerContext();
    this.number = id?.call ?? route.nextCall();
    this.record = new SingleRecord(id ? `${id.prefix}.${id.call}` : route.jobIdPrefix(task, this.number));
    this.job = new Job(task, this, id?.index ?? 0, args);
    const { carrier, before, signal } = options;
    if (before !== undefined || (carrier !== undefined && !isEmpty(carrier)))
      this.job.carrier = carrier ?? {};
    if (before !== undefined) this.job.before = before;
    if (isTold) {
      tellStart(this.job, route.name, route.queueOf?.(task), carrier === undefined ? 'caller' : 'queue');
      this.#mustGoOn(signal);
    }
    if (signal !== undefined)
      this.#forgetSignal = subscribeToAbort(signal, () => this.fail(new AbortError(signal)));
    const timeoutMs = options.timeoutMs ?? task.timeoutMs ?? route.options.timeoutMs;
    if (timeoutMs !== undefined) this.job.timeoutMs = timeoutMs;
    if (steering !== undefined) this.job.steering = steering;
    if (id === undefined) route.addCaller(this);
    else route.addRemoteCaller(this);
    route.submit(this.job);
  }

  /** Whoever was told of its start may have ended the call before it began, or the pool. @throws AbortError, PoolClosedError */
  #mustGoOn(signal: AbortSignal | undefined): void {
    if (!signal?.aborted && !this.#route.hasEnded) return;
    tellEnd(this.job, undefined);
    throw signal?.aborted ? new AbortError(signal) : new PoolClosedError();
  }

  settle(_index: number, response: Response<unknown>): void {
    if (this.#end())
      this.#resolve(this.#input === undefined ? response : Object.assign(response, this.#input));
  }

  fail(error: Error): void {
    if (!this.#end()) return;
    this.#route.endCall(this, undefined, error, [this.job]);
    this.#reject(error);
  }

  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.#route.removeCaller(this);
    this.#forgetSignal?.();
    return true;
  }

  openJob(): Job | undefined {
    return this.job.answered ? undefined : this.job;
  }

  openJobs(): Job[] {
    return this.job.answered ? [] : [this.job];
  }

  progress(job: Job, value: unknown): void {
    try {
      within(this.inContext, () => this.#options.onProgress?.({ jobId: job.jobId, value }));
    } catch (error) {
      this.#route.options.logger.error('onProgress failed:', error);
    }
  }
}
