import { monotonicMs } from '../../clock/monotonic-ms.js';
import type {
  DeadLetters,
  Lease,
  NackOptions,
  Outcome,
  PutOptions,
  Queue,
  QueueCounts,
  QueueFactoryOptions,
  QueueSupport,
  ReserveOptions,
} from '../../contracts/queue.js';
import { OptionError, UnsupportedError } from '../../errors/errors.js';
import { encodeRecord } from '../wire/index.js';
import { EngineDeadLetters } from './dead-letters.js';
import type { Engine, EnginePut, Range, Row } from './engine.js';
import { EngineCalls, type Run } from './engine-calls.js';
import { LeaseDesk } from './lease-desk.js';
import { PUT_RECORDS, type WithRecords } from './put-records.js';
import { valuesOf } from './values-of.js';
import { Waiters } from './waiters.js';

const POLL_MS = [5, 100] as const;
const EVERY = Number.MAX_SAFE_INTEGER;

/**
 * A queue over an engine: all that `Queue` promises beside the engine's own statements.
 *
 *     export const orders: QueueFactory = (name, options) => new EngineQueue(name, options, new OrdersEngine(name));
 */
export class EngineQueue<T = unknown, Receipt = unknown> implements Queue<T>, WithRecords {
  readonly name: string;
  readonly supports: QueueSupport;
  readonly dead: DeadLetters<T>;
  readonly #engine: Engine<Receipt>;
  readonly #calls: EngineCalls;
  readonly #desk: LeaseDesk<Receipt>;
  readonly #waiters = new Waiters();
  #listening: Promise<() => unknown> | undefined;
  #isDestroyed = false;

  /** @throws OptionError where the name is none for a queue */
  constructor(name: string, options: QueueFactoryOptions, engine: Engine<Receipt>) {
    if (!/^[\w.-]{1,100}$/.test(name))
      throw new OptionError(
        `a queue name may have letters, digits, dot, dash and underscore, 100 at most; received ${JSON.stringify(name)}`,
      );
    this.name = name;
    this.supports = engine.supports;
    this.#engine = engine;
    const erased = engine as Engine<never>;
    this.#calls = new EngineCalls(name, options.maxAttempts, erased, () => this.#forgetConnection());
    this.#desk = new LeaseDesk(engine, this.#calls, options);
    this.dead = new EngineDeadLetters<T>(erased, this.#calls, () => this.#assertCan('dead'));
  }

  async put(values: T | readonly T[], options: PutOptions = {}): Promise<string[]> {
    this.#calls.assertOpen();
    const { priority = 0, delayMs = 0, dedupeKey } = options;
    if (priority !== 0) this.#assertCan('priority');
    if (delayMs > 0) this.#assertCan('delay', 'delayMs');
    if (dedupeKey !== undefined) this.#assertCan('dedupe', 'dedupeKey');
    const records = (Array.isArray(values) ? values : [values]).map((value) => encodeRecord(value));
    if (records.length === 0) return [];
    const enginePut = { priority, delayMs: Math.max(0, Math.ceil(delayMs)), dedupeKey: dedupeKey ?? null };
    if (dedupeKey === undefined) return this.#put(records, enginePut);
    // A key whose value has died by now is free.
    await this.#calls.expire();
    const [id = ''] = await this.#put(records.slice(0, 1), enginePut);
    return records.map(() => id);
  }

  async #put(records: readonly string[], options: EnginePut): Promise<string[]> {
    const ids = await this.#calls.run(() => this.#engine.put(records, options));
    this.#waiters.wake();
    return ids.map(String);
  }

  [PUT_RECORDS](records: readonly string[]): Promise<string[]> {
    return this.#put(records, { priority: 0, delayMs: 0, dedupeKey: null });
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

  async reserve(max: number, { signal, waitMs = 0 }: ReserveOptions = {}): Promise<Lease<T>[]> {
    const until = monotonicMs() + waitMs;
    const [first, most] = this.#engine.pollMs ?? POLL_MS;
    for (let pauseMs = this.#listening ? most : first; ; pauseMs = Math.min(pauseMs * 2, most)) {
      this.#calls.assertOpen();
      if (signal?.aborted || max < 1) return [];
      const { news } = this.#waiters;
      const leases = await this.#desk.lease<T>(max, signal);
      const leftMs = until - monotonicMs();
      if (leases.length > 0 || leftMs <= 0) return leases;
      // What was put before it began to listen is found by another look.
      if (await this.#beginToListen()) pauseMs = most;
      else await this.#waiters.wait(news, Math.min(pauseMs, leftMs), signal);
    }
  }

  async ack(leases: readonly Lease<T>[]): Promise<Outcome[]> {
    this.#calls.assertOpen();
    return this.#desk.ack(leases);
  }

  async nack(leases: readonly Lease<T>[], options: NackOptions = {}): Promise<Outcome[]> {
    this.#calls.assertOpen();
    if ((options.delayMs ?? 0) > 0) this.#assertCan('delay', 'delayMs');
    if (options.dead) this.#assertCan('dead');
    const outcomes = await this.#desk.giveBack(leases, options);
    this.#waiters.wake();
    return outcomes;
  }

  async extend(leases: readonly Lease<T>[], ms?: number): Promise<Outcome[]> {
    this.#calls.assertOpen();
    this.#assertCan('extend');
    return this.#desk.extend(leases, ms);
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

  async close(): Promise<void> {
    if (this.#calls.isClosed) return;
    // Leases that cannot be handed back, as there is no server, end by themselves.
    await this.#end((run) => this.#desk.handBack(run).catch(() => {}));
  }

  /** Also of a queue that is closed: it is opened once more for that. */
  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    await this.#end((run) => run(() => this.#engine.drop()));
    this.#isDestroyed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(last: (run: Run) => Promise<unknown>): Promise<void> {
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
