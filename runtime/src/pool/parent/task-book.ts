import type { SlotDesk } from './slot-desk.js';
import { type AnyWorker, Task } from './task.js';

/** Tasks without jobs whose description is kept, because they are likely to be asked for again. */
const IDLE_TASKS_KEPT = 64;

/** The tasks of a pool: one per worker, made anew when the worker has changed. */
export class TaskBook {
  readonly #poolName: string;
  readonly #desk: SlotDesk;
  readonly #tasks = new Map<AnyWorker, Task>();
  #made = 0;

  constructor(poolName: string, desk: SlotDesk) {
    this.#poolName = poolName;
    this.#desk = desk;
  }

  /**
   * The task of a worker as it is now.
   * @throws OptionError; MprocError `ERR_WORKER_MODULE`; ValueError
   */
  taskOf(worker: AnyWorker): Task {
    const known = this.#tasks.get(worker);
    if (known?.isCurrent()) return known;
    this.#made += 1;
    const task = Task.describe(this.#made, this.#poolName, worker);
    this.#tasks.delete(worker);
    if (known !== undefined) this.#replaced(known);
    this.#tasks.set(worker, task);
    if (this.#tasks.size > IDLE_TASKS_KEPT) this.#forgetIdle();
    return task;
  }

  #replaced(task: Task): void {
    task.isReplaced = true;
    if (task.pending === 0) this.#desk.releaseTask(task);
  }

  #forgetIdle(): void {
    for (const [worker, task] of this.#tasks) {
      if (task.pending > 0) continue;
      this.#tasks.delete(worker);
      this.#replaced(task);
      return;
    }
  }

  /** Nothing of one of its jobs is left anywhere. */
  jobGone(task: Task): void {
    task.pending -= 1;
    if (task.pending > 0) return;
    // A large state takes memory that a worker without jobs has no need of.
    if (this.#tasks.get(task.worker) !== task || task.stateIsLarge) this.#desk.releaseTask(task);
  }

  /** Takes the descriptions of tasks without jobs out of shared memory; they are placed again with their next job. */
  evictIdle(): void {
    for (const task of this.#tasks.values()) if (task.pending === 0) this.#desk.releaseTask(task);
  }
}
