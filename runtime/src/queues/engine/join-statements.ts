import type { Awaitable } from '../../contracts/queue.js';
import type { KeptRow } from './history-statements.js';

/** A row that waits for others. */
export interface HeldRow {
  /** Its own. */
  readonly id: string;
  /** What is held. */
  readonly record: string;
  /** Ids of those before it, each once. */
  readonly after: readonly string[];
  /** Does it wait for all of them though one has failed? */
  readonly goesOn: boolean;
}

/** One that nothing holds any more. */
export interface JoinedRow {
  /** Its own. */
  readonly id: string;
  /** As `hold` was given it. */
  readonly record: string;
  /** What was kept of those before it when it was let go of, in the order of `after`. */
  readonly before: readonly Pick<KeptRow, 'id' | 'ok' | 'record'>[];
}

/** What an engine does that holds rows until others are done. Each method is one step for everybody else. */
export interface JoinStatements {
  /** Holds rows, all of them or none; one whose id is held already stays as it is. */
  hold(rows: readonly HeldRow[]): Awaitable<unknown>;
  /**
   * Copies what is kept under these ids, or all, to held rows that wait for it and have nothing of it yet. A row that has all, or a
   * failure where it does not go on, is held by nothing from then on. @returns whether a row got something
   */
  fill(ids: readonly string[] | null): Awaitable<boolean>;
  /** Rows that nothing holds, `max` at most, and none of them again for `forMs` milliseconds. */
  joined(max: number, forMs: number): Awaitable<readonly JoinedRow[]>;
  /** Removes held rows. */
  release(ids: readonly string[]): Awaitable<unknown>;
  /** Ids that held rows still wait for and that are not held themselves, in any order. */
  awaited(limit: number): Awaitable<readonly string[]>;
  /** Those of the ids that are held. */
  holds(ids: readonly string[]): Awaitable<readonly string[]>;
}
