import { EventEmitter } from 'node:events';
import type { DeadJob } from '../contracts/dead-job.js';
import type { Response } from '../contracts/response.js';
import {
  AbortError,
  JobCanceledError,
  OptionError,
  PoolClosedError,
  PoolFullError,
} from '../errors/errors.js';
import { Lender } from '../loans/lender.js';
import { mustBeSupported } from '../platform/host.js';
import { POOL_NEEDS } from '../platform/needs.js';
import { mustBeAllowed } from '../platform/permissions.js';
import type { JobResponse } from '../response/job-response.js';
import type { SharedArray, SharedArrayKind } from '../shared-array/shared-array.js';
import { sweep } from '../threads/watch-threads.js';
import { beginTrace, type Trace, type TraceOptions } from '../trace/pool-trace.js';
import type { FunctionWorker } from '../worker/function/function-class.js';
import type { Worker, WorkerClass } from '../worker/worker.js';
import { type BroadcastOptions, checkedBroadcast, namedTimeout } from './calls/broadcast-options.js';
import { callerContext } from './calls/caller-context.js';
import { checkCallOptions, checkSubmitOptions, isSteered } from './calls/check-options.js';
import { ImapCall, type ImapOptions } from './calls/imap-call.js';
import { MapCall, type MapOptions } from './calls/map-call.js';
import { RunCall, type RunOptions } from './calls/run-call.js';
import type { AnsweredJob, HistoryOptions } from './history/answered-job.js';
import { LocalHistory } from './history/local-history.js';
import { InlineEngine } from './inline/inline-engine.js';
import type { Caller } from './jobs/caller.js';
import type { Job } from './jobs/job.js';
import type { Route } from './jobs/route.js';
import { type AnyWorker, type Pausable, pausableClass, pausableName } from './jobs/task.js';
import type { FlowJob, FlowNode } from './joins/flow.js';
import type { Limit } from './limits/limits.js';
import { mustNotBeLoading } from './loading.js';
import { type PoolOptions, resolvePoolOptions } from './options.js';
import { PoolCore } from './parent/pool-core.js';
import type { BroadcastAnswer } from './parent/processes/broadcasts.js';
import { shellCodeOf } from './parent/processes/death-errors.js';
import type { EngineEvents, PoolEngine } from './pool-engine.js';
import type { PoolStats } from './pool-stats.js';
import { RemotePool } from './remote/remote-pool.js';
import { ResponseStore } from './response-store.js';
import { localTicks } from './schedules/local-ticks.js';
import type { Schedule, ScheduleOptions } from './schedules/schedule-options.js';
import { Schedules } from './schedules/schedules.js';
import { Shutdown } from './shutdown.js';
import { SignalWatch } from './signals.js';
import type { SubmitOptions } from './steering/job-options.js';
import { type SteeredCall, type Steering, steeringOf } from './steering/steering.js';
import { steeringLineOf } from './steering/steering-line.js';

/** What `pool.on` can listen to, and what each listener is given. */
export interface PoolEvents {
  /** A process was made. */
  spawn: [{ readonly pid: number }];
  /** A process has ended; `exitCode` is 128 + the number of the signal that ended it. */
  exit: [{ readonly pid: number; readonly exitCode: number; readonly signal: NodeJS.Signals | undefined }];
  /** A job was answered: one of this pool's calls, or one that ran here for another pool's (`isForOthers`). */
  response: [Response<unknown>, { readonly isForOthers: boolean }];
  /** A submitted job that ran here has failed for good: it is among the dead letters of its queue. */
  dead: [DeadJob];
  /** The last outstanding job was answered. */
  idle: [];
  /** The pool has ended. */
  close: [];
}

/** A response with what its job was given: of a call with `keepInputs`. */
export type WithInput<Args, Result> = JobResponse<Result> & { readonly input: Args };

/** What `run` returns. */
export interface RunningJob<Response> extends Promise<Response> {
  /** The job's id, for `cancel`; empty when the call was refused. */
  readonly jobId: string;
}

/**
 * Processes that run jobs.
 *
 * - one response per argument, in order, whatever dies
 * - a job that fails is a response that is not `ok`; a call rejects only when it is aborted, its input throws, its
 *   module cannot be loaded, or the pool is destroyed
 * - processes are made at once, replaced when they die, and end with this process
 */
export class ProcessPool extends EventEmitter<PoolEvents> implements AsyncDisposable {
  readonly #core: PoolEngine;
  #trace: Trace | undefined;
  /** The end of the pool has begun to write it. */
  #traceWritten: Promise<void> | undefined;
  #succeeded = 0;
  #failed = 0;
  #remote: RemotePool | undefined;
  #schedules: Schedules | undefined;
  #lender: Lender | undefined;
  readonly #store: ResponseStore | undefined;
  readonly #kept: LocalHistory | undefined;
  readonly #shutdown: Shutdown;
  readonly #inContext = callerContext();

  /**
   * @param options the options, or the number of processes
   * @throws OptionError; MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`; `ERR_MODULE_LOAD` while a process loads a
   * worker's module
   */
  constructor(options?: PoolOptions | number) {
    super({ captureRejections: true });
    mustNotBeLoading();
    this.#core = newEngine(options, {
      onSpawn: (pid) => this.#tell('spawn', { pid }),
      onExit: (death) =>
        this.#tell('exit', { pid: death.pid, exitCode: shellCodeOf(death), signal: death.signal }),
      onAnswer: (caller, response, job) => this.#onAnswer(caller, response, job),
      onUnseenSuccess: () => this.#onUnseenSuccess(),
      onCancelRequest: (jobId) => void this.cancel(jobId),
      onIdle: () => {
        this.#tell('idle');
      },
      onQuiet: () => this.#shutdown.onQuiet(),
    });
    const { signals, keep, queues } = this.#core.options;
    if (keep !== undefined && queues === undefined) this.#kept = new LocalHistory(keep);
    this.#store = this.#storeOf(this.#core);
    const watch = new SignalWatch(signals, {
      first: (signal) => {
        this.#schedules?.close();
        return this.#shutdown.endBy(signal);
      },
      again: () => void this.destroy(),
    });
    this.#shutdown = new Shutdown(this.#core, watch, {
      remote: () => this.#remote,
      stored: async () => this.#store?.finished(),
      onClosed: () => {
        this.#lender?.close();
        this.#tell('close');
      },
    });
  }

  #storeOf(core: PoolEngine): ResponseStore | undefined {
    const { results, logger } = core.options;
    try {
      return results && new ResponseStore(results, logger, (held) => core.holdUp(held));
    } catch (error) {
      // Its code could not be loaded: the processes that were made must not stay.
      void core.destroy();
      throw error;
    }
  }

  /**
   * Runs a job for each argument.
   * @returns one response per argument, in their order; with `orThrow` their bodies
   */
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions<Args> & { readonly orThrow: true },
  ): Promise<Result[]>;
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions<Args> & { readonly keepInputs: true; readonly orThrow?: false },
  ): Promise<WithInput<Args, Result>[]>;
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options?: MapOptions<Args> & { readonly orThrow?: false },
  ): Promise<JobResponse<Result>[]>;
  async map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions<Args> = {},
  ): Promise<unknown[]> {
    const checked = this.#checked('map', options, worker);
    if (options.batch !== undefined) return this.#mapBatch(options.batch, worker, inputs, checked);
    const call = new MapCall(this.#routeOf(checked.steering), worker, inputs, checked);
    return call.result;
  }

  /** Responses in the order of the arguments, taken from the input only so far ahead of the reader. */
  imap<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions<Args> & { readonly keepInputs: true },
  ): AsyncIterableIterator<WithInput<Args, Result>>;
  imap<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options?: ImapOptions<Args>,
  ): AsyncIterableIterator<JobResponse<Result>>;
  imap<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions<Args> = {},
  ): AsyncIterableIterator<JobResponse<Result>> {
    const checked = this.#checked('imap', options, worker);
    const route = this.#routeOf(checked.steering);
    return new ImapCall(route, worker, inputs, checked, true) as AsyncIterableIterator<JobResponse<Result>>;
  }

  /** The same, each response as soon as it is there. */
  imapUnordered<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions<Args> & { readonly keepInputs: true },
  ): AsyncIterableIterator<WithInput<Args, Result>>;
  imapUnordered<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options?: ImapOptions<Args>,
  ): AsyncIterableIterator<JobResponse<Result>>;
  imapUnordered<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions<Args> = {},
  ): AsyncIterableIterator<JobResponse<Result>> {
    const checked = this.#checked('imapUnordered', options, worker);
    const route = this.#routeOf(checked.steering);
    return new ImapCall(route, worker, inputs, checked, false) as AsyncIterableIterator<JobResponse<Result>>;
  }

  /** Runs one job of a worker that takes no arguments. */
  run<Result>(worker: Worker<undefined, Result>): RunningJob<JobResponse<Result>>;
  /**
   * Runs one job.
   * @returns a promise of its response, which has the job's id from the start: `pool.cancel(promise.jobId)`
   */
  run<Args, Result>(
    worker: Worker<Args, Result>,
    args: Args,
    options: RunOptions & { readonly keepInputs: true },
  ): RunningJob<WithInput<Args, Result>>;
  run<Args, Result>(
    worker: Worker<Args, Result>,
    args: Args,
    options?: RunOptions,
  ): RunningJob<JobResponse<Result>>;
  run<Result>(
    worker: Worker<unknown, Result>,
    args?: unknown,
    options: RunOptions = {},
  ): RunningJob<JobResponse<Result>> {
    let jobId = '';
    const response = new Promise<JobResponse<Result>>((resolve, reject) => {
      const checked = this.#checked('run', options, worker);
      if (options.signal?.aborted) throw new AbortError(options.signal);
      const { maxQueue, processes, concurrency } = this.#core.options;
      if (this.#core.outstanding >= maxQueue + processes * concurrency) throw new PoolFullError(maxQueue);
      const { job } = new RunCall(
        this.#routeOf(checked.steering),
        worker,
        args,
        checked,
        resolve as (response: Response<unknown>) => void,
        reject,
      );
      jobId = job.jobId;
    });
    return Object.assign(response, { jobId });
  }

  async #mapBatch<Args, Result>(
    name: string,
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions<Args>,
  ): Promise<unknown[]> {
    const route = await this.#queues.batch(name, options.signal, inputs);
    let isDone = false;
    try {
      const call = new MapCall(route, worker, inputs, options);
      const responses = await call.result;
      isDone = !call.wasCutShort;
      return responses;
    } finally {
      await this.#queues.endBatch(route, isDone);
    }
  }

  /**
   * Puts a job on the queue of its class, for whoever serves it; nobody here waits for the answer.
   * @returns the job's id
   * @throws OptionError when the pool has no `queues`; UnsupportedError for what the queue cannot do, and nothing is put then
   */
  async submit<Args, Result>(
    worker: Worker<Args, Result>,
    args: Args,
    options: SubmitOptions = {},
  ): Promise<string> {
    this.#mustBeOpen();
    checkSubmitOptions(options);
    const limit = this.#limitOf(worker);
    const isPlain = limit === undefined && !isSteered(options);
    const steering = isPlain ? undefined : steeringOf('submit', options, limit);
    return this.#queues.submit(worker, args, options, steering);
  }

  /**
   * Puts all jobs of a tree on the queues of their classes, or none of them: each runs when those in its `after` have
   * succeeded, on whichever host, and finds what they returned in `before`.
   * @returns the ids of the jobs, in the shape of the tree
   * @throws OptionError when the pool has no `queues`, for a circle and for a tree that is too large; UnsupportedError where the
   * engine cannot
   */
  async flow(tree: FlowNode): Promise<FlowJob> {
    this.#mustBeOpen();
    return this.#queues.flow(tree);
  }

  /**
   * Serves the queues of these classes, beside everybody else who does; a record names a class, never a file.
   * @returns when the signal is aborted or the pool closed, and what ran is done: what had not begun is handed back
   * @throws OptionError when the pool has no `queues`, or no processes
   */
  async work(
    classes: readonly (WorkerClass | FunctionWorker<never, unknown>)[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    this.#mustBeOpen();
    await this.#queues.work(classes, options.signal);
  }

  /**
   * Sends a message to `static onMessage` of a class, or `onMessage` of a function, in every process of this pool: busy ones
   * hear it when their event loop turns. A process that is made later does not hear it.
   * @returns the answers, one for each process that lived: as `Promise.allSettled` tells them, with its `pid`. One that dies
   * before it has answered is rejected with `ERR_PROCESS_ENDED`, one that takes too long with `ERR_MESSAGE_TIMEOUT`
   * @throws OptionError; ValueError for a message that cannot be sent
   */
  broadcast<Message, Answer>(
    workerClass: { onMessage(message: Message): Answer },
    message: Message,
    options?: BroadcastOptions,
  ): Promise<BroadcastAnswer<Awaited<Answer>>[]>;
  broadcast(
    worker: FunctionWorker<never, unknown>,
    message: unknown,
    options?: BroadcastOptions,
  ): Promise<BroadcastAnswer<unknown>[]>;
  /** With `queues`: to a class by its name, for a program that need not know the class. */
  broadcast(
    name: string,
    message: unknown,
    options: BroadcastOptions & { readonly everywhere: true },
  ): Promise<BroadcastAnswer<unknown>[]>;
  async broadcast(
    worker: unknown,
    message: unknown,
    options: BroadcastOptions = {},
  ): Promise<BroadcastAnswer<unknown>[]> {
    this.#mustBeOpen();
    if (typeof worker === 'string') {
      const timeoutMs = namedTimeout(worker, options);
      return this.#queues.broadcast(worker, message, timeoutMs);
    }
    const { workerClass, timeoutMs } = checkedBroadcast(worker, options);
    if (options.everywhere) return this.#queues.broadcast(workerClass, message, timeoutMs);
    return this.#core.broadcast(workerClass, message, timeoutMs);
  }

  /**
   * A typed array for arguments of this pool's jobs. Fill it: `run`, `map` and `imap` send it, and any view of 128 KiB or more
   * of its memory, without a copy. The child gets an array of the same kind. What it writes there is its own, and the array
   * has no elements any more when the job's attempt has ended.
   *
   * - write nothing there while a job has it, as the job may see that
   * - `release` it when its jobs are done, and the next array costs no new memory; else the garbage collector finds it
   * - it holds what an earlier array has left there, as with `Buffer.allocUnsafe`
   * - copied as any other array are those of less than 128 KiB, which is quicker, and what is sent over queues, by another
   *   pool, or by a pool without processes
   * @param length number of elements
   * @throws OptionError; PoolClosedError; MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
   */
  allocate<Kind extends SharedArrayKind>(kind: Kind, length: number): SharedArray<Kind>['values'] {
    this.#mustBeOpen();
    return this.#ownLender.allocate(kind, length);
  }

  /**
   * Gives the memory of an array back at once. The array and all views of its memory have no elements from then on, and are
   * refused as arguments with `ERR_VALUE`. A job that has the array keeps it; one that has yet to begin fails with
   * `ERR_VALUE`. Does nothing the second time.
   * @param array what `allocate` has returned, or a view of its memory
   * @throws OptionError for any other
   */
  release(array: ArrayBufferView): void {
    this.#ownLender.release(array);
  }

  get #ownLender(): Lender {
    this.#lender ??= new Lender((lend) => this.#core.lendBy(lend));
    return this.#lender;
  }

  /**
   * Lets no further job of a class begin, until it is resumed. Jobs that run go on to their end; those that wait, also for a
   * further attempt, wait on and hold no process.
   *
   * With `queues`, no host begins one: each hears of it within a third of `leaseMs`, hosts that start later included, and it
   * lasts whoever dies. Without, it is about this pool alone.
   * @param worker the class or function; with `queues` its name will do
   * @throws OptionError; UnsupportedError where the engine shows nothing without taking it
   */
  async pause(worker: Pausable): Promise<void> {
    this.#mustBeOpen();
    if (this.#core.options.queues !== undefined) return this.#queues.pause(pausableName(worker));
    this.#core.pause(pausableClass(worker), true);
  }

  /** Lets jobs of the class begin again, those first that waited. */
  async resume(worker: Pausable): Promise<void> {
    this.#mustBeOpen();
    if (this.#core.options.queues !== undefined) return this.#queues.resume(pausableName(worker));
    this.#core.pause(pausableClass(worker), false);
  }

  /** Names of the classes that are paused; with `queues` for all hosts. */
  async paused(): Promise<string[]> {
    this.#mustBeOpen();
    return this.#core.options.queues === undefined ? this.#core.paused() : this.#queues.paused();
  }

  /**
   * With `queues`: has hosts take no further jobs, finish what runs, and hand back what waits, as their signal of `work` does.
   * Resolves after a third of `leaseMs` and two seconds, as a host may look so late.
   * @param host name of a machine, or that and a process: `web-3`, `web-3:4711`
   * @returns the hosts that have heard of it, as `web-3:4711`
   * @throws OptionError; UnsupportedError where the engine shows nothing without taking it
   */
  async drain(host: string): Promise<string[]> {
    this.#mustBeOpen();
    if (typeof host !== 'string' || host === '')
      throw new OptionError(
        `drain takes the name of a host, as 'web-3' or 'web-3:4711'; received ${String(host)}`,
      );
    return this.#queues.drainHosts(host);
  }

  /**
   * Answered jobs that the option `keep` has had kept, the newest first: with `queues` those of all hosts, else this pool's own.
   * @throws OptionError, also where a pool without `queues` keeps nothing; UnsupportedError where the engine keeps nothing
   */
  async history(options: HistoryOptions = {}): Promise<AnsweredJob[]> {
    this.#mustBeOpen();
    if (this.#core.options.queues !== undefined) return this.#queues.history(options);
    if (this.#kept !== undefined) return this.#kept.list(options);
    throw new OptionError(
      "this pool keeps no answered jobs; give it the option keep: { ok: '1 h', failed: '7 d' }",
    );
  }

  get #queues(): RemotePool {
    this.#remote ??= new RemotePool(this.#core, (...event) => this.#tell(...(event as ['dead', DeadJob])));
    return this.#remote;
  }

  /**
   * Runs a job at the times of a cron expression, or every so many milliseconds, until `unschedule` or the end of the pool.
   *
   * With `queues`, it puts each job on the queue of its class, as `submit` does: give any number of hosts the same schedule, and
   * each tick has one job, whichever of them live. Without, it is this pool's own.
   * @param name the same on each host: letters, digits, dot, dash and underscore, at most 80
   * @returns when the schedule is set
   * @throws OptionError; UnsupportedError where the queue knows no keys or cannot delay or look
   */
  schedule<Result>(name: string, options: ScheduleOptions, worker: Worker<undefined, Result>): Promise<void>;
  schedule<Args, Result>(
    name: string,
    options: ScheduleOptions,
    worker: Worker<Args, Result>,
    args: Args,
  ): Promise<void>;
  async schedule(
    name: string,
    options: ScheduleOptions,
    worker: Worker<unknown, unknown>,
    args?: unknown,
  ): Promise<void> {
    this.#mustBeOpen();
    const { queues, logger } = this.#core.options;
    const sink =
      queues === undefined
        ? localTicks(() => this.run(worker, args), logger)
        : this.#queues.ticks(worker, args);
    this.#schedules ??= new Schedules(logger);
    await this.#schedules.add(name, options, worker, sink);
  }

  /**
   * Ends a schedule of this pool; jobs that it has brought are not touched. Other hosts go on with theirs.
   * @returns whether there was one of that name
   */
  unschedule(name: string): boolean {
    return this.#schedules?.remove(name) ?? false;
  }

  /** The schedules of this pool, each with its next tick. */
  schedules(): Schedule[] {
    return this.#schedules?.all() ?? [];
  }

  /** Straight to the processes, or over a queue where the pool has been given some. */
  #routeOf(steering: Steering | undefined): Route {
    if (this.#core.options.queues !== undefined) return this.#queues.route;
    return steering === undefined ? this.#core : steeringLineOf(this.#core);
  }

  /** @returns the options, with what follows from those that few calls have */
  #checked<Options extends object>(
    call: SteeredCall,
    options: Options,
    worker: AnyWorker,
  ): Options & { readonly steering?: Steering } {
    this.#mustBeOpen(options);
    const limit = this.#limitOf(worker);
    if (limit === undefined && !isSteered(options)) return options;
    return { ...options, steering: steeringOf(call, options, limit) };
  }

  #limitOf(worker: AnyWorker): Limit | undefined {
    return this.#core.options.limits?.get(worker?.constructor as WorkerClass);
  }

  /**
   * Stops a job of this pool, whether it waits, runs, or is between two attempts: its response has `ERR_JOB_CANCELED`.
   * Its id comes with the promise of `run`, by `onSubmit` of the other calls, with events and with progress.
   *
   * With `queues`, it stops a job of any pool: nobody begins one that waits, and who runs one hears of it when its lease is
   * renewed, within a third of `leaseMs`. Nobody hears of a submitted job that was canceled.
   * A job of a batch is canceled by the pool that has made the call, or the one that runs it.
   * @returns `false` when there is no such job, or it was answered before; with `queues` a promise of that
   */
  cancel(jobId: string): boolean | Promise<boolean> {
    if (this.#core.options.queues !== undefined) {
      const canceled = this.#queues.cancel(jobId);
      // Who does not wait for it must not be ended for it, as where the pool is closed meanwhile.
      canceled.catch(() => {});
      return canceled;
    }
    const job = this.#core.find(jobId);
    if (job === undefined) return false;
    this.#core.stop(job, { kind: 'canceled', error: new JobCanceledError(jobId) });
    return true;
  }

  /** What the pool does now, and what it has done. */
  stats(): PoolStats {
    const { supervisor, outstanding, delayed, inMemory } = this.#core;
    return {
      processes: supervisor.alive,
      pids: supervisor.pids,
      spawned: supervisor.spawned,
      outstanding,
      delayed,
      inMemory,
      succeeded: this.#succeeded,
      failed: this.#failed,
      ...this.#core.stats(),
      served: this.#remote?.served ?? { succeeded: 0, failed: 0 },
    };
  }

  /**
   * Records what the pool does from now on, until the trace is stopped or the pool has ended, and then writes it: a file of
   * Chrome's trace events, for https://ui.perfetto.dev. See docs/observability.md.
   * @throws OptionError
   */
  trace(file: string, options: TraceOptions = {}): Trace {
    this.#mustBeOpen();
    this.#trace = beginTrace(this.#core, file, options);
    return this.#trace;
  }

  /** The files are written before the pool counts as closed; who waits for the trace hears what went wrong. */
  async #traced(ending: Promise<void>): Promise<void> {
    await ending;
    if (this.#core.recorder !== undefined)
      this.#traceWritten = this.#trace?.stop().catch((error) => {
        this.#core.options.logger.error('the trace could not be written:', error);
      });
    // Also where another end of the pool has begun to write.
    await this.#traceWritten;
  }

  #mustBeOpen(options: object = {}): void {
    if (!this.#shutdown.isOpen) throw new PoolClosedError();
    checkCallOptions(options);
  }

  #onAnswer(caller: Caller, response: Response<unknown>, job: Job | undefined): void {
    if (caller.isForOthers) return;
    if (job !== undefined) this.#kept?.add(job, response);
    if (response.ok) this.#succeeded += 1;
    else this.#failed += 1;
    if (this.listenerCount('response') > 0) this.#tell('response', response, { isForOthers: false });
    this.#store?.store(response);
  }

  #onUnseenSuccess(): boolean {
    if (this.#store !== undefined || this.listenerCount('response') > 0) return false;
    this.#succeeded += 1;
    return true;
  }

  /** Takes no new jobs, lets all finish, and ends the processes. What is not done after `closeTimeoutMs` is stopped. */
  close(): Promise<void> {
    this.#schedules?.close();
    const closing = this.#shutdown.close();
    return this.#trace === undefined ? closing : this.#traced(closing);
  }

  /** Ends everything now: processes are killed, and every promise is settled. */
  destroy(): Promise<void> {
    this.#schedules?.close();
    const ending = this.#shutdown.end();
    return this.#trace === undefined ? ending : this.#traced(ending);
  }

  /** A listener that throws is reported and changes nothing else. */
  #tell<Name extends keyof PoolEvents>(name: Name, ...details: PoolEvents[Name]): void {
    try {
      if (this.listenerCount(name) > 0) this.#inContext(() => (this as EventEmitter).emit(name, ...details));
    } catch (error) {
      this.#core.options.logger.error(`a listener of the pool's ${name} failed:`, error);
    }
  }

  /** @internal Where Node.js brings what a listener's promise was rejected with. */
  [Symbol.for('nodejs.rejection')](error: unknown, name: string): void {
    this.#core.options.logger.error(`a listener of the pool's ${name} failed:`, error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws OptionError; MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM` */
function newEngine(given: PoolOptions | number | undefined, events: EngineEvents): PoolEngine {
  if (typeof given === 'object' && (given?.processes === 'inline' || given?.processes === 0))
    return new InlineEngine(resolvePoolOptions(given), events);
  mustBeSupported();
  mustBeAllowed('a pool', POOL_NEEDS);
  sweep();
  return new PoolCore(resolvePoolOptions(given), events);
}
