import type { Awaitable } from '../../contracts/queue.js';

/** What is kept of something that is done. */
export interface KeptRow {
  /** Its own. */
  readonly id: string;
  /** What it is one of. */
  readonly kind: string;
  /** Did it succeed? 0 and 1 will do. */
  readonly ok: boolean;
  /** Whole milliseconds since the epoch; a text of that as some clients have it. */
  readonly at: number | string;
  /** What went wrong; `null` where nothing did. */
  readonly error: string | null;
  /** As `keep` was given it. */
  readonly record: string;
}

/** What is to be kept, for so many whole milliseconds from now. */
export interface Keeping extends KeptRow {
  /** Whole milliseconds since the epoch. */
  readonly at: number;
  /** How long to keep it. */
  readonly forMs: number;
}

/** Which kept rows are meant; `null` is any. */
export interface KeptFilter {
  /** With one of these ids. */
  readonly ids: readonly string[] | null;
  /** Of one of these kinds. */
  readonly kinds: readonly string[] | null;
  /** With that success. */
  readonly ok: boolean | null;
  /** From then on, in milliseconds since the epoch. */
  readonly since: number;
  /** Before that. */
  readonly until: number;
  /** What `error` has in it, whatever the case. */
  readonly error: string | null;
  /** How many at most. */
  readonly limit: number;
}

/** What an engine does that keeps what is done. Each method is one step for everybody else. */
export interface HistoryStatements {
  /** Keeps rows, in the place of those of the same ids. No two of a call have one id. */
  keep(rows: readonly Keeping[]): Awaitable<unknown>;
  /** The newest first, and of the same time the larger id; none whose time is over. */
  kept(filter: KeptFilter): Awaitable<readonly KeptRow[]>;
  /**
   * Removes kept rows whose time is over and, of the others, the oldest that are more than `most`. Called at most once
   * a second.
   */
  prune(most: number): Awaitable<unknown>;
}
