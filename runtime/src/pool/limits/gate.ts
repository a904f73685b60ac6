import type { Job } from '../jobs/job.js';

export interface GateEffects {
  /** Milliseconds by one clock. */
  now(): number;
  /** When the job's attempt began; 0 while it has not. */
  startedAt(job: Job): number;
}

/** Lets a job begin as a limit allows. */
export interface Gate {
  /** Jobs that wait here. */
  readonly waiting: number;
  /**
   * @param begin is given the job when it may begin, where it has to wait
   * @returns whether it may begin now
   * @throws OptionError; what the user's function throws
   */
  enter(job: Job, begin: (job: Job) => void): boolean;
  /** Its attempt is over, and the next is to begin before all others that wait. */
  comeAgain(job: Job, begin: (job: Job) => void): void;
  /**
   * Its attempt is over, wherever it goes from here.
   * @param hasBegun where nobody has seen it begin
   */
  leave(job: Job, hasBegun: boolean): void;
  /** Looks which have begun, while that can still be seen. */
  look(): void;
  close(): void;
}

/**
 * So long after an attempt is said to have begun, on a machine that has much to do, the first line of the user's code has run,
 * in milliseconds: a rate is kept as that code sees it.
 */
export const FIRST_LINE_MS = 100;
