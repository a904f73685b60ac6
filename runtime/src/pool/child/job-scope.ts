import { createRequire } from 'node:module';
import { codeOf, originOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';

const require = createRequire(import.meta.url);

type Storage = import('node:async_hooks').AsyncLocalStorage<number>;

/**
 * Tells by which job code runs. A worker is used again for its next job, so that what a job left behind, as a timer,
 * reports of its progress where the next job's reports come from. `AsyncLocalStorage` makes promises slower in the whole
 * process: only jobs of classes that report have a scope.
 */
export class JobScope {
  #storage: Storage | undefined;
  #lastJob = 0;

  /** A number for a job, unlike any other in this process. */
  nextJob(): number {
    this.#lastJob += 1;
    return this.#lastJob;
  }

  /** Runs a job's code; what follows from it, now or later, is of this job. */
  run<T>(job: number, code: () => T): T {
    this.#storage ??= newStorage();
    return this.#storage.run(job, code);
  }

  /** Does code of an earlier job run? Where the system has lost track it is taken for the job's own. */
  isOfAnother(job: number): boolean {
    const current = this.#storage?.getStore();
    return current !== undefined && current !== job;
  }
}

function newStorage(): Storage {
  // Loaded here, as many a process never needs it.
  const { AsyncLocalStorage } = require('node:async_hooks') as typeof import('node:async_hooks');
  return new AsyncLocalStorage();
}

/** Does a class report of progress, by its own code, or that of a class between it and `Worker`, which has the doors of the pool? */
export function mentionsProgress(workerClass: WorkerClass): boolean {
  if (originOf(workerClass) !== undefined) return /\bprogress\b/.test(codeOf(workerClass));
  let one: object | null = workerClass;
  while (typeof one === 'function' && !Object.hasOwn(one, 'callProcess')) {
    if (/\bprogress\b/.test(Function.prototype.toString.call(one))) return true;
    one = Object.getPrototypeOf(one);
  }
  return false;
}
