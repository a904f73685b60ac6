import type { Awaitable, QueueCounts, QueueSupport } from '../../contracts/queue.js';
import type { HistoryStatements } from './history-statements.js';
import type { JoinStatements } from './join-statements.js';
import type { LimitStatements } from './limit-statements.js';

/** A value that the engine keeps. */
export interface Row<Receipt = unknown> {
  /** A number of the engine is made a text. */
  readonly id: string | number;
  /** As it was given to `put`, or as somebody else wrote it. */
  readonly record: string | Uint8Array;
  /** How often it has been handed out and not refunded; of `claim`, this time included. */
  readonly attempt: number;
  /** Why it is dead; read of dead rows alone. */
  readonly reason?: string | null;
  /** What the engine needs to settle this delivery, such as the message of a broker; it comes back with the lease. */
  readonly receipt?: Receipt;
  /** As `put` or a settlement gave it; read of rows that are claimed alone. */
  readonly limitKey?: string | null;
}

/** A delivery that is out. */
export interface Held<Receipt = unknown> {
  /** Of the value, as `put` gave it. */
  readonly id: string;
  /** The one that `claim` was given. Other deliveries of that call have the same, other deliveries of the id do not. */
  readonly token: string;
  /** What counts as handed out from now on; less than it was where the delivery is refunded. */
  readonly attempt: number;
  /** What `claim` gave with it, for an engine that needs that to settle. */
  readonly receipt: Receipt;
  /** `null` for none. */
  readonly limitKey: string | null;
}

/** What is to become of deliveries. */
export interface Settlement {
  /**
   * - `'done'`: remove them
   * - `'waiting'`: they wait again, with the `attempt` of their lease, and are ready after `forMs`
   * - `'dead'`: they are dead letters from now on, for that `reason`
   * - `'leased'`: they stay with their holder for `forMs` from now
   */
  readonly to: 'done' | 'waiting' | 'dead' | 'leased';
  /** Whole milliseconds; 0 where it says nothing. */
  readonly forMs: number;
  /** `null` but for dead ones. */
  readonly reason: string | null;
  /** For rows that wait again: the limit key that they get. `null` leaves what they have. */
  readonly limitKey: string | null;
}

/** How records are to be put. */
export interface EnginePut {
  /** Higher is served first. */
  readonly priority: number;
  /** Whole milliseconds; 0 is now. */
  readonly delayMs: number;
  /** With one record only; `null` is none. */
  readonly dedupeKey: string | null;
  /**
   * One for each record; `null` for none at all. Of records with the same key the first is put. Always `null` where `supports` has no
   * `dedupeKeys`; else `dedupeKey` is the first of them.
   */
  readonly dedupeKeys: readonly string[] | null;
  /** One for each record; `null` for none at all. Always that where `supports` has no `limits`. */
  readonly limitKeys: readonly string[] | null;
  /**
   * The user's client: put through it, and through nothing else, so that its transaction has the records or has not.
   * Refuse it where its transaction has not begun. `undefined` is the engine's own; always so where `supports` has no `tx`.
   */
  readonly tx?: unknown;
}

/** How rows are to be handed out. */
export interface Claim {
  /** New for each call. Keep it with the rows: it tells this delivery from any other. */
  readonly token: string;
  /** How long the rows belong to the caller, in milliseconds. */
  readonly leaseMs: number;
  /** How often a row is handed out before it is dead. */
  readonly maxAttempts: number;
}

/** How many rows are in each state. */
export type EngineCounts = { readonly [State in keyof QueueCounts]: number | string };

/** What `peek` and `clear` are about: what is ready or delayed, or the dead letters. */
export type RowState = 'waiting' | 'dead';

/** Which of the rows are meant. */
export interface Range {
  /** How many rows to pass over. */
  readonly offset: number;
  /** Never infinite: `Number.MAX_SAFE_INTEGER` is all. */
  readonly limit: number;
  /** Remove the rows that are returned, in the same step. */
  readonly take: boolean;
}

/** What an engine tells its queue. */
export interface EngineEvents {
  /** The connection is gone, and all leases with it. The next call opens the engine again. */
  lost(): void;
}

/**
 * - `'destroyed'`: somebody has removed the queue
 * - `'refused'`: nothing changes until a person does something: a wrong password, no permission, no such database
 * - `'unreachable'`: the engine may be back in a moment
 */
export type EngineProblem = 'destroyed' | 'refused' | 'unreachable';

/**
 * What a queue asks of the system that keeps its values: statements, and nothing else. `EngineQueue` makes a queue of it:
 * it encodes and decodes values, waits, counts attempts, keeps the leases of this process, bounds every call in time,
 * tells errors apart, and hands back at `close` what is leased.
 *
 * - each method is one step for everybody else: what it does is there as a whole or not at all
 * - a promise resolves once the engine has done it; a lost connection rejects it, and nothing is sent a second time
 * - `put` returns one id each, in order
 * - `claim` takes what is ready, by priority and then oldest first, at most `max`, and never waits
 * - no two calls of `claim` get the same row, from whichever process
 * - `settle` changes a row only if it is leased with that very token and its lease has not ended; it tells so for each
 * - an ended lease makes its row ready again; handed out `maxAttempts` times, it is dead at once or when it is claimed
 * - a row that is given back keeps its priority, and its dedupe key until it is done or dead
 * - records are never looked at: one that nobody can read is claimed as any other, and settled as dead by the queue
 */
export interface Engine<Receipt = unknown> {
  /** What it is called in errors, as `postgres`. */
  readonly kind: string;
  /** Where it is, as errors show it: without a password. */
  readonly address: string;
  /** What it can do. The queue refuses all else, so that the engine is never asked for it. */
  readonly supports: QueueSupport;
  /** A call that takes longer is an `ERR_QUEUE_UNAVAILABLE`; `close` and `destroy` take no longer. @default 8_000 */
  readonly callTimeoutMs?: number;
  /** A pool claims so many rows at once at most: more than that where a claim of many costs hardly more than one of few. @default 32 */
  readonly claimAtOnce?: number;
  /** Who waits looks again after so many milliseconds, the longer nothing comes the later. @default [5, 100] */
  readonly pollMs?: readonly [first: number, most: number];

  /** Connects, and makes what is not there yet; what is there is not made again. Called before anything else, and after `close`. */
  open?(events: EngineEvents): Awaitable<unknown>;
  /** Adds records. @returns one id each, in order */
  put(records: readonly string[], options: EnginePut): Awaitable<readonly (string | number)[]>;
  /** Hands out what is ready, `max` rows at most, and does not wait. */
  claim(max: number, claim: Claim): Awaitable<readonly Row<Receipt>[]>;
  /** @returns whether each was still its holder's, in order */
  settle(leases: readonly Held<Receipt>[], settlement: Settlement): Awaitable<readonly boolean[]>;
  /**
   * Ends the leases and delays that are over. Called before every look, and four times a second while values are claimed.
   * Left out where the engine does so by itself.
   */
  expire?(maxAttempts: number): Awaitable<unknown>;
  /**
   * For an engine that ends no lease while its holder is connected: gives back the leases of this process that are over.
   */
  abandon?(leases: readonly Held<Receipt>[]): Awaitable<unknown>;
  /** Numbers, or texts of numbers as some clients have them. */
  counts(): Awaitable<EngineCounts>;
  /** The oldest first. Needed where `supports` has `peek` or `dead`. */
  peek?(state: RowState, range: Range): Awaitable<readonly Row[]>;
  /** Makes dead letters ready as new: those ids, or all. Needed where `supports` has `dead`. @returns how many */
  requeue?(ids: readonly string[] | undefined): Awaitable<number>;
  /**
   * Removes what is in the state, or, where `supports` has `withdraw` and there are ids, those rows alone, leased ones too.
   * @returns how many rows it removed
   */
  clear(state: RowState, ids?: readonly string[]): Awaitable<number>;
  /** Rows of what is done. Needed where `supports` has `history`. */
  readonly history?: HistoryStatements;
  /** Rows that wait for others. Needed where `supports` has `joins`. */
  readonly joins?: JoinStatements;
  /** Rows that have a limit key. Needed where `supports` has `limits`. */
  readonly limits?: LimitStatements<Receipt>;
  /** Removes the queue with all that is in it. */
  drop(): Awaitable<unknown>;
  /** Ends the connection. */
  close?(): Awaitable<unknown>;
  /**
   * Calls back when there may be something to claim, as PostgreSQL's LISTEN does. Without it, who waits looks again and again.
   * @returns a function that ends that
   */
  listen?(lookAgain: () => void): Awaitable<() => unknown>;
  /** What an error of the client means; `undefined` where it is none of these. Broken connections need not be told. */
  problem?(error: Error & { readonly code?: unknown }): EngineProblem | undefined;
}
