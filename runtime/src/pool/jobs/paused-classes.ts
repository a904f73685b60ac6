import type { WorkerClass } from '../../worker/worker.js';
import type { Lane } from '../transport/job-slots.js';
import type { Job } from './job.js';
import type { JobSource } from './job-source.js';

/** A class that is paused, and what waits for it, in order. */
export interface PausedClass {
  readonly jobs: { readonly job: Job; readonly lane: Lane }[];
  readonly sources: Set<JobSource>;
}

/** Jobs and calls of paused classes, out of the way of all others. */
export class PausedClasses {
  readonly #classes = new Map<WorkerClass, PausedClass>();

  get names(): string[] {
    return [...this.#classes.keys()].map(({ name }) => name).sort();
  }

  /** Jobs that wait for their class. */
  get waiting(): number {
    let waiting = 0;
    for (const { jobs } of this.#classes.values()) waiting += jobs.length;
    return waiting;
  }

  /** Are there calls that would give jobs? */
  get hasSources(): boolean {
    // Each call that begins or ends asks, and seldom is a class paused.
    for (const { sources } of this.#classes.values()) if (sources.size > 0) return true;
    return false;
  }

  has({ task }: Job | JobSource): boolean {
    return this.#classes.size > 0 && this.#classes.has(task.workerClass);
  }

  hasClass(workerClass: WorkerClass): boolean {
    return this.#classes.has(workerClass);
  }

  pause(workerClass: WorkerClass): void {
    if (!this.#classes.has(workerClass)) this.#classes.set(workerClass, { jobs: [], sources: new Set() });
  }

  /** @returns what has waited; nothing where the class was not paused */
  resume(workerClass: WorkerClass): PausedClass {
    const paused = this.#classes.get(workerClass) ?? { jobs: [], sources: new Set() };
    this.#classes.delete(workerClass);
    return paused;
  }

  /** Keeps a job whose class is paused. */
  keep(job: Job, lane: Lane): void {
    this.#classes.get(job.task.workerClass)?.jobs.push({ job, lane });
  }

  keepSource(source: JobSource): void {
    this.#classes.get(source.task.workerClass)?.sources.add(source);
  }

  removeSource(source: JobSource): void {
    for (const { sources } of this.#classes.values()) sources.delete(source);
  }

  /** Lets go of jobs that are not to be run any more. */
  keepOnly(isWanted: (job: Job) => boolean): void {
    for (const { jobs } of this.#classes.values()) {
      const wanted = jobs.filter(({ job }) => isWanted(job));
      jobs.splice(0, jobs.length, ...wanted);
    }
  }

  /** All jobs, taken out. */
  clear(): Job[] {
    const all = [...this.#classes.values()];
    return all.flatMap(({ jobs, sources }) => {
      sources.clear();
      return jobs.splice(0).map(({ job }) => job);
    });
  }
}
