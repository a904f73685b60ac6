import type { Job } from './job.js';

/** A call that has more jobs to give, as there is room for them. */
export interface Feed {
  /** The next job; `undefined` when there is none now, or none any more. */
  nextJob(): Job | undefined;
  /** Will there never be another one? */
  readonly isDone: boolean;
}
