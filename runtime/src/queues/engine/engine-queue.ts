import { monotonicMs } from '../../clock/monotonic-ms.js';
import type {
  DeadLetters,
  Lease,
  NackOptions,
  Outcome,
  PermitChange,
  PutOptions,
  Queue,
  QueueCounts,
  QueueFactoryOptions,
  QueueLimit,
  QueueSupport,
  ReserveOptions,
} from '../../contracts/queue.js';
import { OptionError, QueueClosedError, UnsupportedError } from '../../errors/errors.js';
import { encodeRecord, TAKES_ENCODED } from '../wire/index.js';
import { EngineDeadLetters } from './dead-letters.js';
import type { Engine, EnginePut, Range, Row } from './engine.js';
import { EngineCalls, type Run } from './engine-calls.js';
import { HeldLeases } from './held-leases.js';
import { EngineHistory } from './history.js';
import { EngineJoins } from './joins.js';
import { PUT_RECORDS, type WithRecords } from './put-records.js';
import { valuesOf } from './values-of.js';
import { Waiters } from './waiters.js';

const POLL_MS = [5, 100] as const;
const CLAIM_AT_ONCE = 32;
const EVERY = Number.MAX_SAFE_INTEGER;

/**
 * A queue over an engine: all that `Queue` promises beside the engine's own statements.
 *
 *     export const orders: QueueFactory = (name, options) => new EngineQueue(name, options, new OrdersEngine(name));
 */
export class EngineQueue<T = unknown, Receipt = unknown> implements Queue<T>, WithRecords {
  readonly [TAKES_ENCODED] = true;
  readonly name: string;
  readonly supports: QueueSupport;
  readonly reserveAtOnce: number;
  readonly dead: DeadLetters<T>;
  readonly history: EngineHistory<T>;
  readonly joins: EngineJoins<T>;
  readonly #engine: Engine<Receipt>;
  readonly #calls: EngineCalls;
  readonly #desk: HeldLeases<Receipt>;
  readonly #waiters = new Waiters();
  #listening: Promise<() => unknown> | undefined;
  #isDestroyed = false;

  /** @throws OptionError where the name is none for a queue */
  constructor(name: string, options: QueueFactoryOptions, engine: Engine<Receipt>) {
    if (!/^[\w.-]{1,100}$/.test(name))
      throw new OptionError(
        `a queue name may have letters, digits, dot, dash and underscore, 100 at most; received ${JSON.stringify(name)}`,
      );
    for (const part of ['history', 'joins', 'limits'] as const)
      if (engine.supports[part] && engine[part] === undefined)
        throw new OptionError(
          `the engine ${engine.kind} says that it supports ${part}, but has no ${part}: npx create-mproc-worker update gives it to generated ones`,
        );
    this.name = name;
    this.supports = engine.supports;
    this.reserveAtOnce = engine.claimAtOnce ?? CLAIM_AT_ONCE;
    this.#engine = engine;
    const erased = engine as Engine<never>;
    this.#calls = new EngineCalls(name, options.maxAttempts, erased, () => this.#forgetConnection());
    this.#desk = new HeldLeases(engine, this.#calls, options);
    this.dead = new EngineDeadLetters<T>(erased, this.#calls, () => this.#assertCan('dead'));
    this.history = new EngineHistory<T>(erased, this.#calls, () => this.#assertCan('history'));
    this.joins = new EngineJoins<T>(erased, this.#calls, this.history, () => this.#assertCan('joins'));
  }

  async put(values: T | readonly T[], options: PutOptions = {}): Promise<string[]> {
    this.#calls.assertOpen();
    this.#assertCanPut(options);
    const { priority = 0, delayMs = 0, dedupeKey, dedupeKeys, limitKeys, tx } = options;
    const records = (Array.isArray(values) ? values : [values]).map((value) => encodeRecord(value));
    if (records.length === 0) return [];
    const enginePut = {
      priority,
      delayMs: Math.max(0, Math.ceil(delayMs)),
      dedupeKey: dedupeKey ?? null,
      dedupeKeys: null,
      limitKeys: limitKeys ?? null,
      tx,
    };
    if (dedupeKey === undefined && dedupeKeys === undefined) return this.#put(records, enginePut);
    // A key whose value has died by now is free. Not beside the user's transaction, which may keep all others from writing.
    if (tx === undefined) await this.#calls.expire();
    if (dedupeKeys !== undefined)
      return this.#put(records, { ...enginePut, dedupeKey: dedupeKeys[0] ?? null, dedupeKeys });
    const keys = this.supports.dedupeKeys ? [dedupeKey!] : null;
    const [id = ''] = await this.#put(records.slice(0, 1), { ...enginePut, dedupeKeys: keys });
    return records.map(() => id);
  }

  /** @throws UnsupportedError, OptionError */
  #assertCanPut(options: PutOptions): void {
    const { priority = 0, delayMs = 0, dedupeKey, dedupeKeys, limitKeys, tx } = options;
    if (limitKeys !== undefined) this.#assertCan('limits');
    if (tx !== undefined) this.#assertCan('tx');
    if (priority !== 0) this.#assertCan('priority');
    if (delayMs > 0) this.#assertCan('delay', 'delayMs');
    if (dedupeKey !== undefined) this.#assertCan('dedupe', 'dedupeKey');
    if (dedupeKeys === undefined) return;
    this.#assertCan('dedupeKeys');
    if (dedupeKey !== undefined) throw new OptionError('options dedupeKey and dedupeKeys do not go together');
  }

  async #put(records: readonly string[], options: EnginePut): Promise<string[]> {
    const ids = await this.#calls.run(() => this.#engine.put(records, options));
    this.#waiters.wake();
    return ids.map(String);
  }

  [PUT_RECORDS](records: readonly string[]): Promise<string[]> {
    return this.#put(records, {
      priority: 0,
      delayMs: 0,
      dedupeKey: null,
      dedupeKeys: null,
      limitKeys: null,
    });
  }

  async pop(): Promise<T | undefined> {
    for await (const value of this) return value;
    return undefined;
  }

  /** Takes value after value until there is none. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const [lease] = await this.reserve(1);
      if (lease === undefined) return;
      const [outcome] = await this.ack([lease]);
      if (outcome === 'ok') yield lease.value;
    }
  }

  async reserve(max: number, { signal, waitMs = 0, limit }: ReserveOptions = {}): Promise<Lease<T>[]> {
    if (limit !== undefined) this.#assertCan('limits');
    const until = monotonicMs() + waitMs;
    const [first, most] = this.#engine.pollMs ?? POLL_MS;
    for (let pauseMs = this.#listening ? most : first; ; pauseMs = Math.min(pauseMs * 2, most)) {
      this.#calls.assertOpen();
      if (signal?.aborted || max < 1) return [];
      const { news } = this.#waiters;
      const leases = await this.#desk.lease<T>(max, signal, limit);
      const leftMs = until - monotonicMs();
      if (leases.length > 0 || leftMs <= 0) return leases;
      // What was put before it began to listen is found by another look.
      if (await this.#beginToListen()) pauseMs = most;
      else await this.#waiters.wait(news, Math.min(pauseMs, leftMs), signal);
    }
  }

  async ack(leases: readonly Lease<T>[]): Promise<Outcome[]> {
    this.#calls.assertOpen();
    const outcomes = await this.#desk.ack(leases);
    // Another of its key may be handed out now.
    if (leases.some(({ isLimited }) => isLimited)) this.#waiters.wake();
    return outcomes;
  }

  async nack(leases: readonly Lease<T>[], options: NackOptions = {}): Promise<Outcome[]> {
    this.#calls.assertOpen();
    if ((options.delayMs ?? 0) > 0) this.#assertCan('delay', 'delayMs');
    if (options.dead) this.#assertCan('dead');
    if (options.limitKey !== undefined) this.#assertCan('limits');
    const outcomes = await this.#desk.giveBack(leases, options);
    this.#waiters.wake();
    return outcomes;
  }

  async extend(leases: readonly Lease<T>[], ms?: number): Promise<Outcome[]> {
    this.#calls.assertOpen();
    this.#assertCan('extend');
    return this.#desk.extend(leases, ms);
  }

  async permit(lease: Lease<T>, change: PermitChange, limit: QueueLimit): Promise<boolean> {
    this.#calls.assertOpen();
    this.#assertCan('limits');
    const isDone = await this.#desk.permit(lease, change, limit);
    if (change === 'give') this.#waiters.wake();
    return isDone;
  }

  async size(): Promise<number> {
    const { ready, delayed } = await this.counts();
    return ready + delayed;
  }

  async counts(): Promise<QueueCounts> {
    await this.#calls.expire();
    const { ready, delayed, leased, dead } = await this.#calls.run(() => this.#engine.counts());
    return { ready: Number(ready), delayed: Number(delayed), leased: Number(leased), dead: Number(dead) };
  }

  async getAll({ limit = EVERY, empty = false }: { limit?: number; empty?: boolean } = {}): Promise<T[]> {
    const rows = await this.#peek('getAll', { offset: 0, limit, take: empty });
    return rows.flatMap((row) => valuesOf<T>(row));
  }

  async at(index: number): Promise<T | undefined> {
    const rows = await this.#peek('at', { offset: index, limit: 1, take: false });
    return rows.flatMap((row) => valuesOf<T>(row))[0];
  }

  async #peek(call: string, range: Range): Promise<readonly Row[]> {
    this.#calls.assertOpen();
    this.#assertCan('peek', call);
    await this.#calls.expire();
    return this.#calls.run(() => this.#engine.peek!('waiting', range));
  }

  async clear(): Promise<number> {
    await this.#calls.expire();
    return this.#calls.run(() => this.#engine.clear('waiting'));
  }

  async withdraw(ids: readonly string[]): Promise<number> {
    this.#calls.assertOpen();
    this.#assertCan('withdraw');
    return ids.length === 0 ? 0 : this.#calls.run(() => this.#engine.clear('waiting', ids));
  }

  async close(): Promise<void> {
    if (this.#calls.isClosed) return;
    // Leases that cannot be handed back, as there is no server, end by themselves.
    await this.#end((run) => this.#desk.handBack(run).catch(() => {}));
  }

  /** Also of a queue that is closed: it is opened once more for that. One that somebody else has destroyed is gone already. */
  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    await this.#end((run) =>
      run(() => this.#engine.drop()).catch((error: unknown) => {
        if (!(error instanceof QueueClosedError)) throw error;
      }),
    );
    this.#isDestroyed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(last: (run: Run) => Promise<unknown>): Promise<void> {
    this.history.stop();
    // What is being leased out at this moment is handed back as well.
    const before = this.#desk.claiming;
    const ending = this.#calls.end(before, async (run) => {
      const stopListening = await this.#listening?.catch(() => undefined);
      await stopListening?.();
      await last(run);
    });
    this.#waiters.wake();
    await ending;
    this.#desk.forgetAll();
  }

  /** @returns whether it has begun just now */
  async #beginToListen(): Promise<boolean> {
    if (this.#engine.listen === undefined || this.#listening !== undefined) return false;
    this.#listening = this.#calls.run(() => this.#engine.listen!(() => this.#waiters.wake()));
    try {
      await this.#listening;
      return true;
    } catch {
      // Who waits looks again and again instead.
      this.#listening = undefined;
      return false;
    }
  }

  #forgetConnection(): void {
    this.#desk.forgetAll();
    this.#listening = undefined;
    this.#waiters.wake();
  }

  /** @throws UnsupportedError */
  #assertCan(ability: keyof QueueSupport, what: string = ability): void {
    if (!this.supports[ability]) throw new UnsupportedError(`queue ${this.name}`, what);
  }
}
