import type { Job, JobStatus } from '../contracts/job.js';
import type { JobBefore } from '../contracts/job-before.js';
import { JobEvent, type JobEventDetail } from '../contracts/job-event.js';
import type { Logger } from '../contracts/logger.js';
import type { Listener, Listeners, Observable } from '../contracts/observable.js';
import type { Observer } from '../contracts/observer.js';
import type { Response } from '../contracts/response.js';
import type { Runnable } from '../contracts/runnable.js';
import type { Strategy } from '../contracts/strategy.js';
import { OptionError } from '../errors/errors.js';
import { JobContext } from './job-context.js';
import { ListenerSet } from './listener-set.js';
import { reportListener } from './report-listener.js';
import { runInThisProcess } from './run-in-this-process.js';

/** What `process` may give back: the result, a response of its own, or a promise of either. */
export type ProcessOutcome<Result> = Result | Response<Result> | Promise<Result | Response<Result>>;

/**
 * Work that a process can do. Extend it, say where the class is, and implement `process`.
 *
 * - the constructor takes no required argument: every process makes its own instance
 * - own enumerable fields are the worker's state; they are copied with each job, and what an attempt changed is kept
 *   for the job's next attempt
 * - `static listeners` run in the process that runs the job; `addListener` on an instance, in the process that called it
 */
export abstract class Worker<Args = unknown, Result = unknown>
  implements Job<Args, Result>, Observable<Worker<Args, Result>>, Runnable<Args, Response<Result>>
{
  /** Where a process finds this class: `import.meta.url`, or in CommonJS `__filename`, of the module that exports it. */
  static readonly module: string = '';

  /** Listeners that run in the process that runs the job. */
  // biome-ignore lint/suspicious/noExplicitAny: a subclass names listeners of its own type
  static readonly listeners: Listeners<any> | readonly Listeners<any>[] = [];

  /** How long an attempt may run, in milliseconds, where the call does not say. @default the pool's */
  static readonly timeoutMs: number | undefined = undefined;

  /**
   * Runs once in each process, before its first job of this class: opens what jobs share, as a client of a database. What it
   * throws rejects the call with `ERR_SETUP`. The pool's `setupTimeoutMs` bounds it, and no job's time limit counts it.
   */
  static setup?(): unknown;

  /**
   * Runs in a process that has run jobs of this class, when it ends because it has nothing more to do, is replaced, or the
   * pool is closed; not when it is killed. The pool's `teardownTimeoutMs` bounds it.
   */
  static teardown?(): unknown;

  /**
   * Hears in each process what `pool.broadcast` sends, beside the jobs that run there, and answers. A process that has run
   * no job of this class is set up for it first.
   */
  static onMessage?(message: never): unknown;

  /** What follows a failed attempt; runs in the parent alone. @default none: a job is tried once */
  retryStrategy: Strategy | undefined;

  #context = new JobContext();
  #listeners: ListenerSet | undefined;

  /** The job itself. What it throws fails the attempt. */
  protected abstract process(args: Args): ProcessOutcome<Result>;

  get jobId(): string {
    return this.#context.jobId;
  }

  /** Where the job stands. */
  get status(): JobStatus {
    return this.#context.status;
  }

  /** Number of the attempt, from 1. */
  get attempt(): number {
    return this.#context.attempt;
  }

  /** What became of the jobs before this one, in the order of `after`; empty where it comes after none. */
  get before(): readonly JobBefore[] {
    return this.#context.before;
  }

  /** Aborted when the job is canceled or has run too long. */
  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get response(): Response<Result> | undefined {
    return this.#context.response as Response<Result> | undefined;
  }

  /** Takes what the job has to say; `console`, in a child too. */
  get logger(): Logger {
    return this.#context.logger;
  }

  /** Tells whoever started the job how far it is; arrives before the job's response. */
  progress(value: unknown): void {
    this.#context.report?.(value);
  }

  start(args: Args): Promise<Response<Result>> {
    return this.run(args);
  }

  cancel(): void {
    this.#context.onCancel?.();
    this.#context.abort(undefined);
  }

  /** Runs the job in this process, with its listeners and retries. */
  run(args: Args): Promise<Response<Result>> {
    return runInThisProcess(this, args);
  }

  /** @throws OptionError for what is no event, or no listener */
  addListener(event: JobEvent, listener: Listener<this> | Observer<this>): this {
    mustBeListener(event, listener);
    this.#listeners ??= new ListenerSet();
    this.#listeners.add(event, listener as Listener<never>);
    return this;
  }

  /** Removes a listener; one that was not added is ignored. */
  removeListener(event: JobEvent, listener: Listener<this> | Observer<this>): this {
    this.#listeners?.remove(event, listener as Listener<never>);
    return this;
  }

  /** Calls the listeners of an event. The pool does this; a program seldom has to. */
  fireEvent(event: JobEventDetail): void | Promise<void> {
    return this.#listeners?.fire(this, event, (error) => reportListener(this.#context.logger, event, error));
  }

  /** @internal The doors that the pool and the child use. */
  static contextOf(worker: Worker): JobContext {
    return worker.#context;
  }

  /** @internal */
  static listenersOf(worker: Worker): ListenerSet | undefined {
    return worker.#listeners;
  }

  /** @internal */
  static callProcess<A, R>(worker: Worker<A, R>, args: A): ProcessOutcome<R> {
    return worker.process(args);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any worker's class, whatever it takes and gives
export type WorkerClass<W extends Worker<any, any> = Worker<any, any>> = (new () => W) & {
  readonly name: string;
  readonly module: string;
  readonly listeners: Listeners<never> | readonly Listeners<never>[];
  readonly timeoutMs?: number | undefined;
  setup?(): unknown;
  teardown?(): unknown;
  onMessage?(message: never): unknown;
  // The doors are asked of the class itself, so that a worker made with another copy of this package works as well.
  /** @internal */
  contextOf(worker: object): JobContext;
  /** @internal */
  listenersOf(worker: object): ListenerSet | undefined;
  /** @internal */
  callProcess(worker: object, args: unknown): unknown;
};

const EVENTS: readonly unknown[] = Object.values(JobEvent);

function mustBeListener(event: unknown, listener: unknown): void {
  if (!EVENTS.includes(event))
    throw new OptionError(`addListener hears ${EVENTS.join(', ')}; received ${String(event)}`);
  const { notify } = Object(listener ?? {}) as { notify?: unknown };
  if (typeof listener !== 'function' && typeof notify !== 'function')
    throw new OptionError(
      `a listener of ${event} must be a function or an observer with a method notify; received ${String(listener)}`,
    );
}
