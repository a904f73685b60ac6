import type { WorkerClass } from '../../worker/worker.js';
import { evaluatedModules } from './evaluated-modules.js';
import { moduleOf, refuseProgram } from './worker-module.js';

/** Refuses classes whose module would run the program again in each process of a pool. */
export class ProgramGuard {
  /** The modules whose top level has made the pool. */
  readonly #makers = evaluatedModules();
  /** Classes that this pool has looked at. */
  readonly #passed = new WeakSet<WorkerClass>();

  /**
   * A module's top level stands on the stack only until its first `await` that nobody waits for: the pool's own making and
   * the first call are both looked at, before any process loads the module.
   * @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD`
   */
  check(workerClass: WorkerClass): void {
    if (this.#passed.has(workerClass)) return;
    const url = moduleOf(workerClass);
    if (this.#makers.has(url) || evaluatedModules().has(url)) refuseProgram(workerClass, url);
    this.#passed.add(workerClass);
  }
}
