/** What `schedule` is told, beside the name, the worker and its arguments: `cron` or `everyMs`, one of them. */
export interface ScheduleOptions {
  /**
   * When a job is to run, as an expression of five fields (minute, hour, day, month, weekday), of six with seconds before
   * them, or `@daily` and the like.
   * @default none
   */
  readonly cron?: string;
  /** A job every so many milliseconds, 100 at least: at the times that are whole multiples since 1970, so that all hosts agree. @default none */
  readonly everyMs?: number;
  /** With `cron`: the time zone that its hours are of, as `Europe/Berlin`. @default 'UTC' */
  readonly timeZone?: string;
  /**
   * What becomes of a tick while the job of an earlier one waits or runs: `'skip'` leaves it out, `'allow'` runs both,
   * `'queue'` runs it afterwards; without `queues` 1,000 ticks wait at most, further ones are left out with a warning.
   * @default 'skip'
   */
  readonly overlap?: 'skip' | 'allow' | 'queue';
  /**
   * What becomes of ticks that nobody was there for, longer ago than a minute: `'none'` leaves them out, `'last'` makes up for the
   * last of them, `'all'` for each, 1,000 at most. Without `queues` nobody remembers them when the program ends.
   * @default 'none'
   */
  readonly catchUp?: 'none' | 'last' | 'all';
}

/** A schedule of this pool. */
export interface Schedule extends ScheduleOptions {
  /** What it was called. */
  readonly name: string;
  /** The name of the worker's class. */
  readonly worker: string;
  /** Its next tick. */
  readonly nextAt: Date;
}
