import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import type { Response } from '../../contracts/response.js';
import { AbortError, PoolClosedError } from '../../errors/errors.js';
import { SingleRecord } from '../../response/call-record.js';
import { type Caller, Job } from '../parent/job.js';
import type { Route } from '../parent/route.js';
import type { AnyWorker } from '../parent/task.js';
import { type CallerContext, callerContext, within } from './caller-context.js';
import { mustNotThrow } from './check-options.js';

export interface RunOptions {
  /** Ends the call with an AbortError; the job is stopped if it runs. */
  readonly signal?: AbortSignal;
  /** How long an attempt may run, in milliseconds. @default the pool's */
  readonly timeoutMs?: number;
  /** Gives the response the `input` of its job. @default false */
  readonly keepInputs?: boolean;
  /** @internal The answer is another process's. */
  readonly isForOthers?: boolean;
  /** Called with what the job reports of its progress. */
  readonly onProgress?: (progress: { readonly jobId: string; readonly value: unknown }) => void;
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
    const task = route.taskOf(worker);
    // Getters of the worker's fields may have ended the call before it began, or the pool.
    if (options.signal?.aborted) throw new AbortError(options.signal);
    if (route.hasEnded) throw new PoolClosedError();
    if (options.onProgress !== undefined || task.callsBack) this.inContext = callerContext();
    this.number = route.nextCall();
    this.record = new SingleRecord(route.jobIdPrefix(task, this.number));
    this.job = new Job(task, this, 0, args);
    const { signal } = options;
    if (signal !== undefined)
      this.#forgetSignal = subscribeToAbort(signal, () => this.fail(new AbortError(signal)));
    const timeoutMs = options.timeoutMs ?? task.timeoutMs ?? route.options.timeoutMs;
    if (timeoutMs !== undefined) this.job.timeoutMs = timeoutMs;
    route.addCaller(this);
    route.submit(this.job);
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

  openJob(index: number): Job | undefined {
    return index === 0 && !this.job.answered ? this.job : undefined;
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
