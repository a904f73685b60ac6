import type { Attempt } from './response.js';

/** A submitted job that has failed for good, as its host tells of it. */
export interface DeadJob {
  /** As `submit` returned it. */
  readonly jobId: string;
  /** Name of its class. */
  readonly worker: string;
  /** What the job was given. */
  readonly args: unknown;
  /** What its last attempt failed with. */
  readonly error: Error;
  /** Every attempt, in order. */
  readonly attempts: readonly Attempt[];
  /** The reason of its dead letter: the name and message of the error, the attempts, and the host. */
  readonly reason: string;
}
