import type { Awaitable, QueueCounts, QueueSupport } from '../../contracts/queue.js';

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
}

/** A delivery that is out. */
export interface Held<Receipt = unknown> {
  readonly id: string;
  /** The one that `claim` was given. Other deliveries of that call have the same, other deliveries of the id do not. */
  readonly token: string;
  /** What counts as handed out from now on; less than it was where the delivery is refunded. */
  readonly attempt: number;
  readonly receipt: Receipt;
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
}

export interface EnginePut {
  /** Higher is served first. */
  readonly priority: number;
  /** Whole milliseconds; 0 is now. */
  readonly delayMs: number;
  /** With one record only; `null` is none. */
  readonly dedupeKey: string | null;
}

export interface Claim {
  /** New for each call. Keep it with the rows: it tells this delivery from any other. */
  readonly token: string;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

export type EngineCounts = { readonly [State in keyof QueueCounts]: number | string };

/** What `peek` and `clear` are about: what is ready or delayed, or the dead letters. */
export type RowState = 'waiting' | 'dead';

export interface Range {
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
  /** Who waits looks again after so many milliseconds, the longer nothing comes the later. @default [5, 100] */
  readonly pollMs?: readonly [first: number, most: number];

  /** Connects, and makes what is not there yet; what is there is not made again. Called before anything else, and after `close`. */
  open?(events: EngineEvents): Awaitable<unknown>;
  put(records: readonly string[], options: EnginePut): Awaitable<readonly (string | number)[]>;
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
  /** @returns how many rows it removed */
  clear(state: RowState): Awaitable<number>;
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
