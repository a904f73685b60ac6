import { EventEmitter } from 'node:events';
import type { Response } from '../contracts/response.js';
import { AbortError, JobCanceledError, PoolClosedError, PoolFullError } from '../errors/errors.js';
import { mustBeSupported } from '../platform/host.js';
import { POOL_NEEDS } from '../platform/needs.js';
import { mustBeAllowed } from '../platform/permissions.js';
import type { JobResponse } from '../response/job-response.js';
import { sweep } from '../threads/watch-threads.js';
import type { FunctionWorker } from '../worker/function/function-class.js';
import type { Worker, WorkerClass } from '../worker/worker.js';
import { type BroadcastOptions, checkedBroadcast } from './calls/broadcast-options.js';
import { callerContext } from './calls/caller-context.js';
import { checkCallOptions } from './calls/check-options.js';
import { ImapCall, type ImapOptions } from './calls/imap-call.js';
import { MapCall, type MapOptions } from './calls/map-call.js';
import { RunCall, type RunOptions } from './calls/run-call.js';
import { InlineEngine } from './inline/inline-engine.js';
import { mustNotBeLoading } from './loading.js';
import { type PoolOptions, resolvePoolOptions } from './options.js';
import type { BroadcastAnswer } from './parent/broadcasts.js';
import type { Caller } from './parent/job.js';
import { type CoreEvents, PoolCore } from './parent/pool-core.js';
import type { Route } from './parent/route.js';
import type { PoolEngine } from './pool-engine.js';
import { RemotePool } from './remote/remote-pool.js';
import { ResponseStore } from './response-store.js';
import { Shutdown } from './shutdown.js';
import { SignalWatch } from './signals.js';

export interface PoolStats {
  /** Processes that live. */
  readonly processes: number;
  readonly pids: readonly number[];
  /** Processes made since the pool was. */
  readonly spawned: number;
  /** Jobs that were not answered yet. */
  readonly outstanding: number;
  /** Those of them that wait for the time of their next attempt. */
  readonly delayed: number;
  /** Jobs that have a place in shared memory: those that come next, those that run, and stopped ones that still end. */
  readonly inMemory: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface PoolEvents {
  /** A process was made. */
  spawn: [{ readonly pid: number }];
  /** A process has ended. */
  exit: [{ readonly pid: number; readonly exitCode: number; readonly signal: NodeJS.Signals | undefined }];
  /** A job was answered. */
  response: [Response<unknown>];
  /** The last outstanding job was answered. */
  idle: [];
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
  #succeeded = 0;
  #failed = 0;
  #remote: RemotePool | undefined;
  readonly #store: ResponseStore | undefined;
  readonly #shutdown: Shutdown;
  readonly #inContext = callerContext();

  /**
   * @param options the options, or the number of processes
   * @throws OptionError; MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`; `ERR_MODULE_LOAD` while a process loads a worker's module
   */
  constructor(options?: PoolOptions | number) {
    super({ captureRejections: true });
    mustNotBeLoading();
    this.#core = newEngine(options, {
      onSpawn: (pid) => this.#tell('spawn', { pid }),
      onExit: ({ pid, exitCode, signal }) => this.#tell('exit', { pid, exitCode, signal }),
      onAnswer: (caller, response) => this.#onAnswer(caller, response),
      onUnseenSuccess: () => this.#onUnseenSuccess(),
      onIdle: () => {
        this.#tell('idle');
      },
      onQuiet: () => this.#shutdown.onQuiet(),
    });
    const { signals, results, logger } = this.#core.options;
    this.#store = results && new ResponseStore(results, logger, (held) => this.#core.holdUp(held));
    const watch = new SignalWatch(signals, {
      first: (signal) => this.#shutdown.endBy(signal),
      again: () => void this.destroy(),
    });
    this.#shutdown = new Shutdown(this.#core, watch, {
      remote: () => this.#remote,
      stored: async () => this.#store?.finished(),
      onClosed: () => this.#tell('close'),
    });
  }

  /**
   * Runs a job for each argument.
   * @returns one response per argument, in their order; with `orThrow` their bodies
   */
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions & { readonly orThrow: true },
  ): Promise<Result[]>;
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions & { readonly keepInputs: true; readonly orThrow?: false },
  ): Promise<WithInput<Args, Result>[]>;
  map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options?: MapOptions & { readonly orThrow?: false },
  ): Promise<JobResponse<Result>[]>;
  async map<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions = {},
  ): Promise<unknown[]> {
    this.#mustBeOpen(options);
    if (options.batch !== undefined) return this.#mapBatch(options.batch, worker, inputs, options);
    const call = new MapCall(this.#route, worker, inputs, options);
    return call.result;
  }

  /** Responses in the order of the arguments, taken from the input only so far ahead of the reader. */
  imap<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<JobResponse<Result>> {
    this.#mustBeOpen(options);
    return new ImapCall(this.#route, worker, inputs, options, true) as AsyncIterableIterator<
      JobResponse<Result>
    >;
  }

  /** The same, each response as soon as it is there. */
  imapUnordered<Args, Result>(
    worker: Worker<Args, Result>,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<JobResponse<Result>> {
    this.#mustBeOpen(options);
    return new ImapCall(this.#route, worker, inputs, options, false) as AsyncIterableIterator<
      JobResponse<Result>
    >;
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
    options?: RunOptions,
  ): RunningJob<JobResponse<Result>>;
  run<Result>(
    worker: Worker<unknown, Result>,
    args?: unknown,
    options: RunOptions = {},
  ): RunningJob<JobResponse<Result>> {
    let jobId = '';
    const response = new Promise<JobResponse<Result>>((resolve, reject) => {
      this.#mustBeOpen(options);
      if (options.signal?.aborted) throw new AbortError(options.signal);
      const { maxQueue, processes, concurrency } = this.#core.options;
      if (this.#core.outstanding >= maxQueue + processes * concurrency) throw new PoolFullError(maxQueue);
      const { job } = new RunCall(
        this.#route,
        worker,
        args,
        options,
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
    options: MapOptions,
  ): Promise<unknown[]> {
    const route = await this.#queues.batch(name, options.signal);
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
   * @throws OptionError when the pool has no `queues`
   */
  async submit<Args, Result>(worker: Worker<Args, Result>, args: Args): Promise<string> {
    this.#mustBeOpen();
    return this.#queues.submit(worker, args);
  }

  /**
   * Serves the queues of these classes, beside everybody else who does; a record names a class, never a file.
   * @returns when the signal is aborted or the pool closed, and what was taken is done
   * @throws OptionError when the pool has no `queues`
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
  async broadcast(
    worker: unknown,
    message: unknown,
    options: BroadcastOptions = {},
  ): Promise<BroadcastAnswer<unknown>[]> {
    this.#mustBeOpen();
    const { workerClass, timeoutMs } = checkedBroadcast(worker, options);
    return this.#core.broadcast(workerClass, message, timeoutMs);
  }

  get #queues(): RemotePool {
    this.#remote ??= new RemotePool(this.#core);
    return this.#remote;
  }

  /** Straight to the processes, or over a queue where the pool has been given some. */
  get #route(): Route {
    return this.#core.options.queues === undefined ? this.#core : this.#queues.route;
  }

  /**
   * Stops a job of this pool, whether it waits, runs, or is between two attempts: its response has `ERR_JOB_CANCELED`.
   * Its id comes with the promise of `run`, by `onSubmit` of the other calls, with events and with progress.
   * @returns `false` when there is no such job, it was answered before, or it lies on a queue that others serve
   */
  cancel(jobId: string): boolean {
    const job = this.#core.find(jobId);
    if (job === undefined) return false;
    this.#core.stop(job, { kind: 'canceled', error: new JobCanceledError(jobId) });
    return true;
  }

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
    };
  }

  #mustBeOpen(options: object = {}): void {
    if (!this.#shutdown.isOpen) throw new PoolClosedError();
    checkCallOptions(options);
  }

  #onAnswer(caller: Caller, response: Response<unknown>): void {
    if (caller.isForOthers) return;
    if (response.ok) this.#succeeded += 1;
    else this.#failed += 1;
    if (this.listenerCount('response') > 0) this.#tell('response', response);
    this.#store?.store(response);
  }

  #onUnseenSuccess(): boolean {
    if (this.#store !== undefined || this.listenerCount('response') > 0) return false;
    this.#succeeded += 1;
    return true;
  }

  /** Takes no new jobs, lets all finish, and ends the processes. What is not done after `closeTimeoutMs` is stopped. */
  close(): Promise<void> {
    return this.#shutdown.close();
  }

  /** Ends everything now: processes are killed, and every promise is settled. */
  destroy(): Promise<void> {
    return this.#shutdown.end();
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
function newEngine(given: PoolOptions | number | undefined, events: CoreEvents): PoolEngine {
  if (typeof given === 'object' && given?.processes === 'inline')
    return new InlineEngine(resolvePoolOptions(given), events);
  mustBeSupported();
  mustBeAllowed('a pool', POOL_NEEDS);
  sweep();
  return new PoolCore(resolvePoolOptions(given), events);
}
