import type { Listeners } from '../../contracts/observable.js';
import type { Strategy } from '../../contracts/strategy.js';
import { type ProcessOutcome, Worker, type WorkerClass } from '../worker.js';
import { type FunctionJob, JobOfWorker } from './function-job.js';

/** What a function does for a job. */
export type JobFunction<Args, Result, Resource = unknown> = (
  args: Args,
  job: FunctionJob<Resource>,
) => ProcessOutcome<Result>;

/** Options of `defineWorker` and `moduleWorker`; all of them are optional. */
export interface FunctionOptions {
  /** Its name in queues and messages; a queue that others serve needs one. @default the function's own name; one that is written as an arrow in the call has none, and is told by its file */
  readonly name?: string;
  /** Decides what follows a failed attempt. It runs in the parent. @default none: a job is tried once */
  readonly strategy?: Strategy;
  /** How long an attempt may run if the call does not say, in milliseconds. @default the pool's @throws `ERR_JOB_TIMEOUT` as the error of the job */
  readonly timeoutMs?: number;
}

export interface DefineOptions<Resource = unknown> extends FunctionOptions {
  /**
   * Runs once in each process, before its first job of this function. What it returns is `job.resource` of every job there.
   * @throws `ERR_SETUP` from the call, if it throws
   */
  readonly setup?: () => Resource | Promise<Resource>;
  /** Runs when a process has nothing more to do, is replaced, or the pool is closed. Does not run when it is killed. */
  readonly teardown?: (resource: Resource) => unknown;
  /** Hears in each process what `pool.broadcast` sends, next to the jobs that run there. What it returns is the answer. */
  readonly onMessage?: (message: never, resource: Resource) => unknown;
  /** Listeners that run in the process that runs the job. */
  // biome-ignore lint/suspicious/noExplicitAny: listeners that are shared with classes name a type of their own
  readonly listeners?: Listeners<any> | readonly Listeners<any>[];
}

/** A function as a worker: a pool runs it as it runs an instance of a class. */
export abstract class FunctionWorker<Args = unknown, Result = unknown> extends Worker<Args, Result> {}

export function classOfFunction<Args, Result, Resource>(
  module: string,
  name: string,
  call: JobFunction<Args, Result, Resource>,
  options: DefineOptions<Resource>,
): WorkerClass<FunctionWorker<Args, Result>> {
  const { setup, teardown, onMessage } = options;
  let resource: Resource;
  const made = class extends FunctionWorker<Args, Result> {
    static override readonly module = module;
    static override readonly listeners = options.listeners ?? [];
    static override readonly timeoutMs = options.timeoutMs;
    override retryStrategy = options.strategy;
    readonly #job = new JobOfWorker(this as Worker, () => resource);

    protected override process(args: Args): ProcessOutcome<Result> {
      return call(args, this.#job);
    }
  };
  const life = {
    ...(setup && {
      setup: async () => {
        resource = await setup();
      },
    }),
    ...(teardown && { teardown: () => teardown(resource) }),
    ...(onMessage && { onMessage: (message: never) => onMessage(message, resource) }),
  };
  Object.defineProperty(made, 'name', { value: name });
  return Object.assign(made, life) as unknown as WorkerClass<FunctionWorker<Args, Result>>;
}
