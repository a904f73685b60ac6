import type { Awaitable, PermitChange } from '../../contracts/queue.js';
import type { Claim, Held, Row } from './engine.js';

/** How many rows of a limit key may be out. Whole numbers; times are milliseconds. */
export interface EngineLimit {
  /** At most so many are leased, but for those that have given their permit back. */
  readonly atOnce: number;
  /** At most so many starts that still count. */
  readonly most: number;
  /** So long a start counts once it was told by `'began'`; 0 where there is no rate, and starts need not be kept. */
  readonly perMs: number;
  /** So long it counts from its claim on, unless it is told. */
  readonly untoldMs: number;
}

/**
 * What an engine does that keeps to limits among all processes.
 *
 * - a row has the limit key that `put` or a settlement gave it; one without a key keeps to no limit
 * - a row that is leased holds a permit of its key, until that is given back or the lease ends
 */
export interface LimitStatements<Receipt = unknown> {
  /**
   * As `Engine.claim`, but it passes over rows whose key has as many others out as it may, and takes those behind them. So do all
   * calls together, whoever makes them: what `claim` of the engine has handed out counts, too.
   */
  claim(max: number, claim: Claim, limit: EngineLimit): Awaitable<readonly Row<Receipt>[]>;
  /**
   * What a leased row with a limit key counts as: `'give'`, as none that is out; `'take'`, as one again, `false` while there is no room,
   * and then before all that are to be claimed; `'began'`, its start counts for `perMs` from now, also when it is settled by now.
   */
  permit(lease: Held<Receipt>, change: PermitChange, limit: EngineLimit): Awaitable<boolean>;
  /** The starts of these deliveries count no more, as they never began: of those that are still their holder's. They are settled next. */
  unbegun(leases: readonly Held<Receipt>[]): Awaitable<unknown>;
}
