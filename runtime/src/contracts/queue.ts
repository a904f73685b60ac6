export type Awaitable<T> = T | Promise<T>;

/** What a queue can do beyond the basics; the pool and the test kit read it. What is `false` throws `UnsupportedError`. */
export interface QueueSupport {
  /** `put` takes `priority`; a higher number is served first. */
  readonly priority: boolean;
  /** `put` and `nack` take `delayMs`. */
  readonly delay: boolean;
  /** `put` takes `dedupeKey`. */
  readonly dedupe: boolean;
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
}

/** A value handed out for a while. Every delivery has its own `token`. */
export interface Lease<T> {
  readonly id: string;
  readonly token: string;
  readonly value: T;
  /** How often the value has been handed out, this time included; from 1. */
  readonly attempt: number;
  /** When the lease ends, in milliseconds since the epoch. */
  readonly deadline: number;
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
}

export interface ReserveOptions {
  /** Ends the wait; nothing stays leased. */
  readonly signal?: AbortSignal;
  /** How long to wait for a first value, in milliseconds; 0 looks once. @default 0 */
  readonly waitMs?: number;
}

export interface NackOptions {
  /** Milliseconds before the value can be reserved again. @default 0 */
  readonly delayMs?: number;
  /** Send it to the dead letters at once. */
  readonly dead?: boolean;
  /** This delivery does not count as an attempt. */
  readonly refund?: boolean;
}

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
}

export interface DeadLetter<T> {
  readonly id: string;
  /** `undefined` where the record could not be read. */
  readonly value: T | undefined;
  readonly attempt: number;
  readonly reason: string;
}

/** Values that were handed out `maxAttempts` times and never acknowledged, and records that cannot be read. */
export interface DeadLetters<T> {
  getAll(options?: { readonly limit?: number }): Awaitable<DeadLetter<T>[]>;
  /** Puts them back as new, all or those named; returns how many. */
  requeue(ids?: readonly string[]): Awaitable<number>;
  clear(): Awaitable<number>;
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
  readonly name: string;
  readonly supports: QueueSupport;
  put(values: T | readonly T[], options?: PutOptions): Awaitable<string[]>;
  /** Reserves one value and acknowledges it; `undefined` when there is none. */
  pop(): Awaitable<T | undefined>;
  /** Leases at most `max` values. */
  reserve(max: number, options?: ReserveOptions): Awaitable<Lease<T>[]>;
  ack(leases: readonly Lease<T>[]): Awaitable<Outcome[]>;
  nack(leases: readonly Lease<T>[], options?: NackOptions): Awaitable<Outcome[]>;
  /** Prolongs the leases to `ms` from now. @default the queue's own lease */
  extend(leases: readonly Lease<T>[], ms?: number): Awaitable<Outcome[]>;
  /** How many are ready or delayed. */
  size(): Awaitable<number>;
  counts(): Awaitable<QueueCounts>;
  /** The values that are ready or delayed, oldest first, without taking them; with `empty` they are taken. */
  getAll(options?: { readonly limit?: number; readonly empty?: boolean }): Awaitable<T[]>;
  /** The value at a position of `getAll`, from 0. */
  at(index: number): Awaitable<T | undefined>;
  readonly dead: DeadLetters<T>;
  /** Removes what is ready and delayed; returns how many. */
  clear(): Awaitable<number>;
  close(): Awaitable<void>;
  destroy(): Awaitable<void>;
}

export interface QueueFactoryOptions {
  /** How long a delivery is its holder's, in milliseconds. */
  readonly leaseMs: number;
  /** How often a value is handed out before it goes to `dead`. */
  readonly maxAttempts: number;
}

export type QueueFactory<T = unknown> = (name: string, options: QueueFactoryOptions) => Queue<T>;
