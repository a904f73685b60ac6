import type { WorkerClass } from '../../worker/worker.js';
import { LinkedList } from '../collections/linked-list.js';
import { ClassFigures } from '../figures/class-figures.js';
import { type AnyWorker, classOf, Task } from './task.js';
import { nameOf } from './worker-module.js';

/** Tasks without jobs whose description is kept, because they are likely to be asked for again. */
const IDLE_TASKS_KEPT = 64;

/** Where the descriptions of tasks lie. */
export interface TaskMemory {
  releaseTask(task: Task): void;
}

/** The tasks of a pool: one per worker, made anew when the worker has changed. */
export class TaskRegistry {
  readonly #poolName: string;
  readonly #allocator: TaskMemory;
  readonly #mustBeRunnable: (workerClass: WorkerClass) => void;
  readonly #tasks = new Map<AnyWorker, Task>();
  /** Those without jobs, the one that was asked for last at the end. */
  readonly #idle = new LinkedList<Task>();
  readonly #figures = new Map<WorkerClass, ClassFigures>();
  #made = 0;

  /** @param mustBeRunnable throws for a class that the pool can do nothing with */
  constructor(poolName: string, allocator: TaskMemory, mustBeRunnable: (workerClass: WorkerClass) => void) {
    this.#poolName = poolName;
    this.#allocator = allocator;
    this.#mustBeRunnable = mustBeRunnable;
  }

  /**
   * The task of a worker as it is now.
   * @param prefix what the ids of its jobs begin with, where another pool has given them; the same each time
   * @throws OptionError; MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD`; ValueError
   */
  taskOf(worker: AnyWorker, prefix?: string): Task {
    const known = this.#tasks.get(worker);
    if (known?.isCurrent()) return known;
    this.#mustBeRunnable(classOf(worker));
    this.#made += 1;
    const ids = prefix ?? `${this.#poolName}.${this.#made}`;
    const task = Task.describe(this.#made, ids, worker, (workerClass) => this.#figuresOf(workerClass));
    if (known !== undefined) this.#replaced(known);
    this.#tasks.set(worker, task);
    this.#addIdle(task);
    return task;
  }

  #figuresOf(workerClass: WorkerClass): ClassFigures {
    const known = this.#figures.get(workerClass);
    if (known !== undefined) return known;
    const figures = new ClassFigures(nameOf(workerClass));
    this.#figures.set(workerClass, figures);
    return figures;
  }

  /** Of each class that was asked for, in their order. */
  get figures(): ClassFigures[] {
    return [...this.#figures.values()];
  }

  /** The classes of the workers that are known, and that some process has loaded: another module may be what kills its process. */
  get loadedClasses(): ReadonlySet<WorkerClass> {
    const loaded = [...this.#tasks].filter(([, { wasLoaded }]) => wasLoaded);
    return new Set(loaded.map(([worker]) => classOf(worker)));
  }

  /** One that has jobs keeps its place until the last of them is gone. */
  #replaced(task: Task): void {
    task.isReplaced = true;
    if (task.pending > 0) return;
    this.#idle.remove(task);
    this.#allocator.releaseTask(task);
  }

  #addIdle(task: Task): void {
    this.#idle.push(task);
    if (this.#idle.size <= IDLE_TASKS_KEPT) return;
    const oldest = this.#idle.first!;
    this.#tasks.delete(oldest.worker);
    this.#replaced(oldest);
  }

  /** A job of the task is to be answered. */
  jobCame(task: Task): void {
    if (task.pending === 0) this.#idle.remove(task);
    task.pending += 1;
  }

  /** Nothing of one of its jobs is left anywhere. */
  jobGone(task: Task): void {
    task.pending -= 1;
    if (task.pending > 0) return;
    if (this.#tasks.get(task.worker) !== task) return this.#allocator.releaseTask(task);
    // A large state takes memory that a worker without jobs has no need of.
    if (task.stateIsLarge) this.#allocator.releaseTask(task);
    this.#addIdle(task);
  }

  /** Takes the descriptions of tasks without jobs out of shared memory; they are placed again with their next job. */
  evictIdle(): void {
    for (const task of this.#idle.all()) this.#allocator.releaseTask(task);
  }
}
