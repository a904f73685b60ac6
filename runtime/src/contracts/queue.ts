/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** What a queue can do beyond the basics; the pool and the test kit read it. What is `false` throws `UnsupportedError`. */
export interface QueueSupport {
  /** `put` takes `priority`; a higher number is served first. */
  readonly priority: boolean;
  /** `put` and `nack` take `delayMs`. */
  readonly delay: boolean;
  /** `put` takes `dedupeKey`. */
  readonly dedupe: boolean;
  /** `put` takes `dedupeKeys`, one for each value. Needs `dedupe`. @default false: values with keys are put one at a time */
  readonly dedupeKeys?: boolean;
  /** `extend` prolongs a lease. */
  readonly extend: boolean;
  /** `getAll` and `at` look without taking. */
  readonly peek: boolean;
  /** `dead` keeps what failed too often. */
  readonly dead: boolean;
  /** Other processes see the same queue. */
  readonly shared: boolean;
  /** What was put outlives every process that uses it. */
  readonly durable: boolean;
  /** `withdraw` takes values back by their ids, whoever has them. @default false */
  readonly withdraw?: boolean;
  /** `put` takes `tx`: a client of the user's whose transaction has begun. @default false */
  readonly tx?: boolean;
  /** `history` keeps what is done for a while, and lists it. @default false */
  readonly history?: boolean;
  /**
   * `put` takes `limitKeys`, `reserve` keeps to a `limit` among all who use the queue, and `permit` changes what a lease
   * counts as. `'atOnce'`: but for a `rate`. @default false: hosts keep a limit each for itself
   */
  readonly limits?: boolean | 'atOnce';
  /** `joins` holds values until others are done. Needs `history`. @default false */
  readonly joins?: boolean;
}

/** How many values of a limit key may be out at once, and how often one is handed out. */
export interface QueueLimit {
  /** Of a key, at most so many are leased at once. A lease whose permit was given back does not count. */
  readonly atOnce: number;
  /** Of a key, at most so many deliveries begin in any time that is so long, in milliseconds. */
  readonly rate?: { readonly most: number; readonly perMs: number } | undefined;
}

/**
 * - `'give'`: the value waits, and counts no longer among those that are out
 * - `'take'`: it is to count again; `false` while others of its key are as many as there may be. Until then it comes before
 *   those that are ready
 * - `'began'`: what it was handed out for begins now, and the time of a rate runs from here; before, no later one has passed
 */
export type PermitChange = 'give' | 'take' | 'began';

/** A value handed out for a while. Every delivery has its own `token`. */
export interface Lease<T> {
  /** The id that `put` gave the value. */
  readonly id: string;
  /** Tells this delivery from any other of the same value. */
  readonly token: string;
  /** What was put. */
  readonly value: T;
  /** How often the value has been handed out, this time included; from 1. */
  readonly attempt: number;
  /** When the lease ends, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Has it a limit key? */
  readonly isLimited?: boolean;
}

/** `'lost'`: the lease was no longer the caller's; nothing was changed. */
export type Outcome = 'ok' | 'lost';

export interface PutOptions {
  /** Higher is served first. @default 0 */
  readonly priority?: number;
  /** Milliseconds before it can be reserved. @default 0 */
  readonly delayMs?: number;
  /** A value whose key is already in the queue is not put again; the id of the one that is there is returned. */
  readonly dedupeKey?: string;
  /**
   * In place of `dedupeKey`, one for each value, in order: of a value whose key is in the queue already, or has come before it, the
   * id of the one that is there is returned.
   */
  readonly dedupeKeys?: readonly string[];
  /** One for each value, none of them empty: values of the same count together where `reserve` has a `limit`. */
  readonly limitKeys?: readonly string[];
  /**
   * The user's own client, whose transaction has begun: the values are there when it commits, and never were when it rolls
   * back. For PostgreSQL one of `pg`, or anything with its `query`; for SQLite a connection to the file of the queues.
   */
  readonly tx?: unknown;
}

export interface ReserveOptions {
  /** Ends the wait; nothing stays leased. */
  readonly signal?: AbortSignal;
  /** How long to wait for a first value, in milliseconds; 0 looks once. @default 0 */
  readonly waitMs?: number;
  /** Hands out no value whose key is at this limit; those behind it come before it. Values without a key have none. */
  readonly limit?: QueueLimit;
}

export interface NackOptions {
  /** Milliseconds before the value can be reserved again. @default 0 */
  readonly delayMs?: number;
  /** Send it to the dead letters at once. */
  readonly dead?: boolean;
  /** Why, for whoever reads the dead letter; with `dead`. */
  readonly reason?: string;
  /** This delivery does not count as an attempt, nor against a rate unless it began. */
  readonly refund?: boolean;
  /** The limit key that the values have from now on. */
  readonly limitKey?: string;
}

/** How many values of a queue are in each state. */
export interface QueueCounts {
  /** Can be reserved now. */
  readonly ready: number;
  /** Cannot be reserved before a later time. */
  readonly delayed: number;
  /** Reserved, and not settled yet. */
  readonly leased: number;
  /** Dead letters. */
  readonly dead: number;
}

/** A value that its queue no longer hands out. */
export interface DeadLetter<T> {
  /** The id that `put` gave the value. */
  readonly id: string;
  /** `undefined` where the record could not be read. */
  readonly value: T | undefined;
  /** How often it was handed out. */
  readonly attempt: number;
  /** Why it is here. */
  readonly reason: string;
}

/** Values that were handed out `maxAttempts` times and never acknowledged, and records that cannot be read. */
export interface DeadLetters<T> {
  /** Looks at them without taking them, `limit` at most. */
  getAll(options?: { readonly limit?: number }): Awaitable<DeadLetter<T>[]>;
  /** Puts them back as new, all or those named; returns how many. */
  requeue(ids?: readonly string[]): Awaitable<number>;
  /** Removes all; returns how many. */
  clear(): Awaitable<number>;
  /** Removes those named; returns how many. Left out where the queue cannot; one that finds out later throws `UnsupportedError`. */
  remove?(ids: readonly string[]): Awaitable<number>;
}

/** What is kept of something that is done. */
export interface HistoryEntry<T> {
  /** What is kept under the same id later takes its place. */
  readonly id: string;
  /** What it is one of, such as the class of a job. */
  readonly kind: string;
  /** Did it succeed? */
  readonly ok: boolean;
  /** When it was done, in milliseconds since the epoch. */
  readonly at: number;
  /** What went wrong, in words that can be searched; `null` where nothing did. */
  readonly error: string | null;
  /** `undefined` where the record could not be read. */
  readonly value: T | undefined;
}

/** What is to be kept, and for how long. */
export interface HistoryKeep<T> extends HistoryEntry<T> {
  /** What is kept of it. */
  readonly value: T;
  /** Milliseconds from now on. */
  readonly forMs: number;
}

/** Which entries are meant: those that everything says yes to. */
export interface HistoryFilter {
  /** With one of these ids. @default all */
  readonly ids?: readonly string[];
  /** Of one of these kinds. @default all */
  readonly kinds?: readonly string[];
  /** Those that have succeeded, or those that have not. @default both */
  readonly ok?: boolean;
  /** Done then or later, in milliseconds since the epoch. @default no limit */
  readonly since?: number;
  /** Done before, in milliseconds since the epoch. @default no limit */
  readonly until?: number;
  /** What `error` has in it, whatever the case. @default anything */
  readonly error?: string;
  /** How many at most. @default 100 */
  readonly limit?: number;
}

/**
 * What is done, kept as long as it was said.
 *
 * - `keep` resolves once the engine has it
 * - `list` gives the newest first, and nothing whose time is over
 * - beyond `most` the oldest go, at most a second late
 */
export interface History<T> {
  /** Keeps entries. @param options `most`: how many entries there are to be at most, whoever has kept them; no limit without it */
  keep(entries: readonly HistoryKeep<T>[], options?: { readonly most?: number }): Awaitable<void>;
  /** Looks without taking. */
  list(filter?: HistoryFilter): Awaitable<HistoryEntry<T>[]>;
}

/** A value that waits until others are done. */
export interface HeldValue<T> {
  /** Its own. */
  readonly id: string;
  /** What is held. */
  readonly value: T;
  /** Ids of those before it, each once; without any, nothing holds it. */
  readonly after: readonly string[];
  /** Does it wait for all of them though one has failed? Else the first failure lets go of it. @default false */
  readonly goesOn?: boolean;
}

/** A value that nothing holds any more. */
export interface JoinedValue<T> {
  /** Its own. */
  readonly id: string;
  /** What was held; `undefined` where the record could not be read. */
  readonly value: T | undefined;
  /** What became of those before it, in the order of `after`; those that were not waited for are left out. */
  readonly before: readonly Pick<HistoryEntry<T>, 'id' | 'ok' | 'value'>[];
}

/**
 * Values that wait until others are done, whoever dies.
 *
 * - `hold` holds all of its values, or none
 * - it does not matter whether `hold` or `arrive` comes first
 * - what became of one before is what arrived first; what is kept for less time than others take is not missed
 * - `joined` hands each value to one caller at a time, and again if that one has not said `release`
 */
export interface Joins<T> {
  /** Resolves once the engine has them. */
  hold(values: readonly HeldValue<T>[]): Awaitable<void>;
  /** Keeps what became of some, as `history.keep` does, and lets go of what waited for them. @returns whether anything did */
  arrive(entries: readonly HistoryKeep<T>[], options?: { readonly most?: number }): Awaitable<boolean>;
  /** Values that nothing holds, `max` at most; the caller has them for `forMs` milliseconds. */
  joined(max: number, forMs: number): Awaitable<JoinedValue<T>[]>;
  /** Forgets held values, joined or not. */
  release(ids: readonly string[]): Awaitable<void>;
  /** Ids that something waits for and that are not held themselves, in any order; lets go of what has nothing to wait for. */
  awaited(limit: number): Awaitable<string[]>;
  /** Those of the ids that are held. */
  holds(ids: readonly string[]): Awaitable<string[]>;
}

/**
 * A queue of values that are leased, worked on, and acknowledged.
 *
 * - `put` resolves once the engine has the values, with one id each
 * - first in, first out within a priority; what is delivered again may come late
 * - `reserve` returns as soon as there is anything and never waits to fill a batch
 * - a second `ack`, or one after the lease has ended, is `'lost'`: it throws nothing and harms no other holder
 * - what is not acknowledged is back within lease + max(1 s, lease / 4)
 * - a value handed out `maxAttempts` times goes to `dead` instead of being handed out once more
 * - `close` hands back what is leased, keeps the data, and may be called twice; use after it rejects with `QueueClosedError`
 * - `destroy` leaves nothing in the engine
 * - an engine that cannot be reached is a rejection within the connect timeout, never a hang
 */
export interface Queue<T> extends AsyncIterable<T>, AsyncDisposable {
  /** Programs that open the same name share the queue. */
  readonly name: string;
  /** What this queue can do. */
  readonly supports: QueueSupport;
  /** As many values one `reserve` of a pool asks for at most: more where they come with one step of the engine. @default 32 */
  readonly reserveAtOnce?: number;
  /** Adds values. @returns one id each, in order, once the engine has them */
  put(values: T | readonly T[], options?: PutOptions): Awaitable<string[]>;
  /** Reserves one value and acknowledges it; `undefined` when there is none. */
  pop(): Awaitable<T | undefined>;
  /** Leases at most `max` values. */
  reserve(max: number, options?: ReserveOptions): Awaitable<Lease<T>[]>;
  /** Says that the values are done; they leave the queue. */
  ack(leases: readonly Lease<T>[]): Awaitable<Outcome[]>;
  /** Gives values back to be reserved again, or sends them to the dead letters. */
  nack(leases: readonly Lease<T>[], options?: NackOptions): Awaitable<Outcome[]>;
  /** Prolongs the leases to `ms` from now. @default the queue's own lease */
  extend(leases: readonly Lease<T>[], ms?: number): Awaitable<Outcome[]>;
  /** How many are ready or delayed. */
  size(): Awaitable<number>;
  /** How many values are in each state. */
  counts(): Awaitable<QueueCounts>;
  /** The values that are ready or delayed, oldest first, without taking them; with `empty` they are taken. */
  getAll(options?: { readonly limit?: number; readonly empty?: boolean }): Awaitable<T[]>;
  /** The value at a position of `getAll`, from 0. */
  at(index: number): Awaitable<T | undefined>;
  /** What failed too often, or cannot be read. */
  readonly dead: DeadLetters<T>;
  /** What is done. Needed where `supports` has it. */
  readonly history?: History<T>;
  /** What waits for others. Needed where `supports` has it. */
  readonly joins?: Joins<T>;
  /** Removes what is ready and delayed; returns how many. */
  clear(): Awaitable<number>;
  /** Removes values by their ids, leased ones too, whose leases are lost then; returns how many. Needed where `supports` has it. */
  withdraw?(ids: readonly string[]): Awaitable<number>;
  /** Changes what a lease counts as; `false` where it cannot, or is lost. Needed where `supports` has `limits`. */
  permit?(lease: Lease<T>, change: PermitChange, limit: QueueLimit): Awaitable<boolean>;
  /** Hands back what is leased, and keeps the data. May be called twice. */
  close(): Awaitable<void>;
  /** Removes the queue and all that is in it. */
  destroy(): Awaitable<void>;
}

export interface QueueFactoryOptions {
  /** How long a delivery is its holder's, in milliseconds. */
  readonly leaseMs: number;
  /** How often a value is handed out before it goes to `dead`. */
  readonly maxAttempts: number;
  /** It holds a few small values at a time: an engine that sets memory aside needs little for it. @default false */
  readonly isSmall?: boolean;
  /**
   * Nobody needs the queue any more when nobody has used it for so long, in milliseconds. For an engine that can remove it by itself
   * then, and tells nobody what others hold; all others leave it out, as pools look after such queues themselves.
   */
  readonly expiresUnusedMs?: number;
}

/** Opens the queue of that name, or makes it. */
export type QueueFactory<T = unknown> = (name: string, options: QueueFactoryOptions) => Queue<T>;
