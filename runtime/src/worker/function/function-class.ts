import type { Listeners } from '../../contracts/observable.js';
import type { Strategy } from '../../contracts/strategy.js';
import { type ProcessOutcome, Worker, type WorkerClass } from '../worker.js';
import { type FunctionJob, JobOfWorker } from './function-job.js';

/** What a function does for a job. */
export type JobFunction<Args, Result> = (args: Args, job: FunctionJob) => ProcessOutcome<Result>;

/** What `defineWorker` and `moduleWorker` can be told beside the function; all of it is optional. */
export interface FunctionOptions {
  /** What queues and messages call it; a queue that others serve needs one. @default the name of the function */
  readonly name?: string;
  /** Its `retryStrategy`: what follows a failed attempt; runs in the parent alone. @default none: a job is tried once */
  readonly strategy?: Strategy;
  /** How long an attempt may run, in milliseconds, where the call does not say. @default the pool's */
  readonly timeoutMs?: number;
}

export interface DefineOptions extends FunctionOptions {
  /** Listeners that run in the process that runs the job. */
  // biome-ignore lint/suspicious/noExplicitAny: listeners that are shared with classes name a type of their own
  readonly listeners?: Listeners<any> | readonly Listeners<any>[];
}

/** A function as a worker: a pool runs it as it runs an instance of a class. */
export abstract class FunctionWorker<Args = unknown, Result = unknown> extends Worker<Args, Result> {}

/** @param call the function; asked for with the first job */
export function classOfFunction<Args, Result>(
  module: string,
  name: string,
  call: JobFunction<Args, Result>,
  options: DefineOptions,
): WorkerClass<FunctionWorker<Args, Result>> {
  const made = class extends FunctionWorker<Args, Result> {
    static override readonly module = module;
    static override readonly listeners = options.listeners ?? [];
    static override readonly timeoutMs = options.timeoutMs;
    override retryStrategy = options.strategy;
    readonly #job = new JobOfWorker(this as Worker);

    protected override process(args: Args): ProcessOutcome<Result> {
      return call(args, this.#job);
    }
  };
  Object.defineProperty(made, 'name', { value: name });
  return made as unknown as WorkerClass<FunctionWorker<Args, Result>>;
}
