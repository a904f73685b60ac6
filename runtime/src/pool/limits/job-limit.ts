import type { Served } from '../jobs/task.js';

/** At most so many starts in any time that is so long. */
export interface JobRate {
  /** Jobs that begin, at most. A further attempt counts as one. */
  readonly most: number;
  /** In so many milliseconds, wherever these begin. */
  readonly perMs: number;
}

/** Of one class: how many of its jobs run at once, and how often one begins. Of the two it has one at least. */
export interface JobLimit {
  /** The class, or the function of `defineWorker`. It has one limit. */
  readonly worker: Served;
  /** Jobs of a key that run at once, at most; 1 has them run one after another, in the order in which they came. @default no limit */
  readonly atOnce?: number;
  /** How often jobs of a key begin, at most. @default no limit */
  readonly rate?: JobRate;
  /**
   * Gives the text of a job by its arguments: jobs of the same one count together, others do not. Where it throws or gives
   * no text, that job fails with `ERR_OPTION` or what was thrown.
   * @default all jobs of the class count together
   */
  // As a method it may be one of the arguments of its worker.
  readonly key?: { of(args: unknown): string }['of'];
}
