/** An attempt that did not succeed, as a strategy sees it. */
export interface Failure {
  /** `error`: the job threw or rejected. `crash`: its process died. `timeout`: it ran longer than allowed. */
  readonly kind: 'error' | 'crash' | 'timeout';
  /** What the attempt failed with. */
  readonly error: Error;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds since the job's first attempt began. */
  readonly elapsedMs: number;
  /** A number in [0, 1), so that a strategy needs no source of chance of its own. */
  readonly random: number;
}

/** What follows a failed attempt. */
export type Decision =
  | { readonly action: 'fail' }
  /** Again at once, before jobs that wait. */
  | { readonly action: 'immediately' }
  /** Back in the queue, to be run no sooner than `delayMs` from now. */
  | { readonly action: 'later'; readonly delayMs: number };

/**
 * Decides what follows a failed attempt.
 *
 * - pure: the same failure gives the same decision; it reads no clock and draws no random number
 * - runs in the parent process alone
 * - a strategy that throws fails the job with what it threw
 */
export interface Strategy {
  /** Says what follows. */
  decide(failure: Failure): Decision;
}
