/** When a job may begin, before which others, and until when: options of `submit`, `run` and the calls of many jobs. */
export interface JobOptions {
  /**
   * Among jobs that wait, a higher one begins first; those of the same priority begin in the order in which they came. A whole
   * number from -1,000,000 to 1,000,000.
   * @default 0
   * @throws `ERR_UNSUPPORTED` over a queue that knows no priorities
   */
  readonly priority?: number;
  /**
   * How long a job waits before it may begin, in milliseconds, from the call on.
   * @default 0
   * @throws `ERR_UNSUPPORTED` over a queue that cannot delay
   */
  readonly delayMs?: number;
  /**
   * The same as a time of the wall clock: a `Date`, or milliseconds since 1970. One that has passed is now.
   * @default now
   * @throws `ERR_UNSUPPORTED` over a queue that cannot delay
   */
  readonly at?: Date | number;
  /**
   * A job that no process has begun so long after the call, in milliseconds, is not begun any more.
   * @default no limit
   * @throws `ERR_JOB_EXPIRED` as the error of the job
   */
  readonly expiresAfterMs?: number;
}

/** Gives the key of a job by its arguments, and its position among them; `undefined` is no key. */
export type KeyOfJob<Args> = {
  // As a method it may be that of a call whose arguments are not known yet.
  key(args: Args, index: number): string | undefined;
}['key'];

/** Options of `submit`. */
export interface SubmitOptions extends JobOptions {
  /** How long an attempt may run, in milliseconds. @default the worker's, else that of the pool that runs it */
  readonly timeoutMs?: number;
  /**
   * While a job of this class with the same key waits or runs, on whichever host, no other is put: `submit` gives its id.
   * @default none
   * @throws `ERR_UNSUPPORTED` over a queue that cannot tell keys apart
   */
  readonly dedupeKey?: string;
  /**
   * Ids of jobs, as `submit` and `flow` gave them: it runs when all of them have succeeded, and finds what they returned in
   * `before`. Over engines whose `supports` has `joins`.
   * @default none: it runs when its turn comes
   * @throws `ERR_JOB_UNKNOWN` for an id that is not known; `ERR_UNSUPPORTED` where the engine cannot
   */
  readonly after?: readonly string[];
  /**
   * What becomes of it when one of `after` fails: `'fail'`, it fails too, without running; `'run'`, it runs when all of them have
   * ended, and sees in `before` which have failed.
   * @default 'fail'
   * @throws `ERR_BEFORE_FAILED` as the error of the job
   */
  readonly afterFailed?: 'fail' | 'run';
  /**
   * A client of your own whose transaction has begun: the job is there when it commits, and never was when it rolls back. Over
   * engines whose `supports` has `tx`: PostgreSQL, and SQLite with one file for all queues.
   * @default none: the job is there at once
   * @throws `ERR_UNSUPPORTED` where the engine cannot; `ERR_OPTION` for a client without a transaction
   */
  readonly tx?: unknown;
}
