import type { JobError } from './response.js';

/** What became of a job before this one: of `after`, or of a flow. */
export interface JobBefore {
  /** As `submit` or `flow` gave it. */
  readonly jobId: string;
  /** Did it succeed? */
  readonly ok: boolean;
  /** What it returned, where it succeeded. */
  readonly body?: unknown;
  /** What it failed with. */
  readonly error?: JobError;
}
