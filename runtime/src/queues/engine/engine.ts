import type { Awaitable, PermitChange, QueueCounts, QueueSupport } from '../../contracts/queue.js';

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
  /** The deliveries never began, so they count against no rate. Said of rows that wait again. */
  readonly isUnbegun: boolean;
}

/** How records are to be put. */
export interface EnginePut {
  /** Higher is served first. */
  readonly priority: number;
  /** Whole milliseconds; 0 is now. */
  readonly delayMs: number;
  /** With one record only; `null` is none. */
  readonly dedupeKey: string | null;
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
  /** For rows that have a limit key; `undefined` for none. Always that where `supports` has no `limits`. */
  readonly limit: EngineLimit | undefined;
}

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
 * - with a limit, `claim` passes rows whose limit key has as many others out as it may, and takes those behind them; so do all
 *   calls of `claim` together, whoever makes them
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
   * What a leased row with a limit key counts as: `'give'`, as none that is out; `'take'`, as one again, `false` while there is no room,
   * and then before all that are to be claimed; `'began'`, its start counts for `perMs` from now, also when it is settled by now.
   * Needed where `supports` has `limits`.
   */
  permit?(lease: Held<Receipt>, change: PermitChange, limit: EngineLimit): Awaitable<boolean>;
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
  /** Keeps rows, in the place of those of the same ids. No two of a call have one id. Needed where `supports` has `history`. */
  keep?(rows: readonly Keeping[]): Awaitable<unknown>;
  /** The newest first, and of the same time the larger id; none whose time is over. Needed where `supports` has `history`. */
  kept?(filter: KeptFilter): Awaitable<readonly KeptRow[]>;
  /**
   * Removes kept rows whose time is over and, of the others, the oldest that are more than `most`. Called at most once a second.
   * Needed where `supports` has `history`.
   */
  prune?(most: number): Awaitable<unknown>;
  /** Holds rows, all of them or none; one whose id is held already stays as it is. Needed, as those below, where `supports` has `joins`. */
  hold?(rows: readonly HeldRow[]): Awaitable<unknown>;
  /**
   * Copies what is kept under these ids, or all, to held rows that wait for it and have nothing of it yet. A row that has all, or a
   * failure where it does not go on, is held by nothing from then on. @returns whether a row got something
   */
  fill?(ids: readonly string[] | null): Awaitable<boolean>;
  /** Rows that nothing holds, `max` at most, and none of them again for `forMs` milliseconds. */
  joined?(max: number, forMs: number): Awaitable<readonly JoinedRow[]>;
  /** Removes held rows. */
  release?(ids: readonly string[]): Awaitable<unknown>;
  /** Ids that held rows still wait for and that are not held themselves, in any order. */
  awaited?(limit: number): Awaitable<readonly string[]>;
  /** Those of the ids that are held. */
  holds?(ids: readonly string[]): Awaitable<readonly string[]>;
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
