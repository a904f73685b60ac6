import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type {
  Awaitable,
  Lease,
  NackOptions,
  Outcome,
  PermitChange,
  QueueFactoryOptions,
  QueueLimit,
} from '../../contracts/queue.js';
import type { Claim, Engine, Held, Row, Settlement } from './engine.js';
import type { EngineCalls, Run } from './engine-calls.js';
import { type Entry, LeaseBook } from './lease-book.js';
import type { EngineLimit } from './limit-statements.js';
import { valuesOf } from './values-of.js';

/** How often leases and delays that are over are looked for while values are claimed. */
const EXPIRE_EVERY_MS = 250;
const PLAIN: Omit<Settlement, 'to'> = { forMs: 0, reason: null, limitKey: null };
const DONE: Settlement = { to: 'done', ...PLAIN };
const AGAIN: Settlement = { to: 'waiting', ...PLAIN };

type Leases = readonly Lease<unknown>[];

/** Leases of one queue: given out, settled once, and handed back when the queue is closed. */
export class HeldLeases<Receipt> {
  readonly #engine: Engine<Receipt>;
  readonly #calls: EngineCalls;
  readonly #options: QueueFactoryOptions;
  readonly #book: LeaseBook<Receipt>;
  readonly #claiming = new Set<Promise<unknown>>();

  constructor(engine: Engine<Receipt>, calls: EngineCalls, options: QueueFactoryOptions) {
    this.#engine = engine;
    this.#calls = calls;
    this.#options = options;
    this.#book = new LeaseBook(engine.abandon && ((ended) => this.#abandon(ended)));
  }

  /** Those that are leasing out at this moment. */
  get claiming(): Iterable<Promise<unknown>> {
    return this.#claiming;
  }

  /** Leases what is ready; an abort leaves nothing leased. */
  async lease<T>(
    max: number,
    signal: AbortSignal | undefined,
    limit: QueueLimit | undefined,
  ): Promise<Lease<T>[]> {
    const claiming = this.#claim<T>(max, limit && this.#engineLimit(limit));
    this.#claiming.add(claiming);
    const leases = await claiming.finally(() => this.#claiming.delete(claiming));
    if (!signal?.aborted) return leases;
    if (leases.length > 0 && !this.#calls.isClosed) await this.giveBack(leases, { refund: true });
    return [];
  }

  ack(leases: Leases): Promise<Outcome[]> {
    return this.#settle(leases, (held) => [held, DONE]);
  }

  /** To those that wait, or to the dead letters. */
  async giveBack(
    leases: Leases,
    { delayMs = 0, dead = false, refund = false, reason, limitKey }: NackOptions,
  ): Promise<Outcome[]> {
    const forMs = Math.max(0, Math.ceil(delayMs));
    const waiting: Settlement = { to: 'waiting', forMs, reason: null, limitKey: limitKey ?? null };
    if (refund && !dead)
      await this.#forgetStarts(leases.flatMap(({ token }) => this.#book.read(token)?.held ?? []));
    return this.#settle(leases, (held) => {
      if (dead) return [held, deadOf(reason ?? 'given up')];
      if (refund) return [refunded(held), waiting];
      if (held.attempt < this.#options.maxAttempts) return [held, waiting];
      return [held, deadOf(`failed ${held.attempt} times`)];
    });
  }

  async extend(leases: Leases, ms = this.#options.leaseMs): Promise<Outcome[]> {
    const until = monotonicMs() + ms;
    // They stay in the book, as they may be settled meanwhile.
    const entries = leases.map(({ token }) => this.#book.read(token));
    const live = entries.filter((entry) => entry !== undefined);
    if (live.length === 0) return leases.map(() => 'lost');
    const held = live.map((entry) => entry.held);
    const kept = await this.#change(held, { to: 'leased', ...PLAIN, forMs: Math.max(1, Math.ceil(ms)) });
    const isKept = new Set(live.filter((_, index) => kept[index]));
    return entries.map((entry, index) => {
      const { token } = leases[index]!;
      if (entry !== undefined && isKept.has(entry)) {
        this.#book.prolong(token, until);
        return 'ok';
      }
      this.#book.forget(token);
      return 'lost';
    });
  }

  /** What begins now counts whatever has become of its lease; the rest is the holder's to say. */
  async permit({ id, token }: Lease<unknown>, change: PermitChange, limit: QueueLimit): Promise<boolean> {
    const entry = this.#book.read(token);
    if (entry === undefined && change !== 'began') return false;
    const gone = { id, token: '', attempt: 0, receipt: undefined as Receipt, limitKey: null };
    return this.#calls.run(() =>
      this.#engine.limits!.permit(entry?.held ?? gone, change, this.#engineLimit(limit)),
    );
  }

  #engineLimit({ atOnce, rate }: QueueLimit): EngineLimit {
    const { most = 0, perMs = 0 } = rate ?? {};
    // A holder that dies has begun before its lease ends, or never.
    return { atOnce, most, perMs, untoldMs: perMs + Math.ceil(this.#options.leaseMs) };
  }

  /** Hands back what is leased out, as if it had never been. */
  async handBack(run: Run): Promise<void> {
    const held = this.#book.takeAll().map(refunded);
    if (held.length === 0) return;
    await this.#forgetStarts(held, run);
    await run(() => this.#engine.settle(held, AGAIN));
  }

  forgetAll(): void {
    this.#book.clear();
  }

  /** Leases what is ready; buries what was handed out too often, and what cannot be read. */
  async #claim<T>(max: number, limit: EngineLimit | undefined): Promise<Lease<T>[]> {
    await this.#calls.expire(EXPIRE_EVERY_MS);
    const { maxAttempts } = this.#options;
    const leaseMs = Math.ceil(this.#options.leaseMs);
    for (;;) {
      // From before the engine's lease begins: it is over here no later than there.
      const claim = {
        token: randomUUID(),
        deadline: wallClockMs() + leaseMs,
        until: monotonicMs() + leaseMs,
      };
      const rows = await this.#calls.run(
        () => this.#take(max, { token: claim.token, leaseMs, maxAttempts }, limit),
        (late) => this.#handBackLate(late, claim),
      );
      this.#book.forgetEnded();
      const leases: Lease<T>[] = [];
      const hopeless: Row<Receipt>[] = [];
      for (const row of rows) {
        const values = row.attempt > maxAttempts ? [] : valuesOf<T>(row);
        if (values.length === 0) hopeless.push(row);
        else leases.push(this.#begin(row, values[0] as T, claim, leases.length));
      }
      if (hopeless.length > 0) await Promise.all(hopeless.map((row) => this.#bury(row, claim)));
      if (leases.length > 0 || rows.length === 0) return leases;
    }
  }

  #take(max: number, claim: Claim, limit: EngineLimit | undefined): Awaitable<readonly Row<Receipt>[]> {
    if (limit === undefined) return this.#engine.claim(max, claim);
    return this.#engine.limits!.claim(max, claim, limit);
  }

  #begin<T>(row: Row<Receipt>, value: T, claim: Claimed, place: number): Lease<T> {
    const held = heldOf(row, claim);
    const token = `${claim.token}:${place}`;
    this.#book.write(token, { held, until: claim.until });
    const lease = { id: held.id, token, value, attempt: held.attempt, deadline: claim.deadline };
    return held.limitKey === null ? lease : { ...lease, isLimited: true };
  }

  async #bury(row: Row<Receipt>, claim: Claimed): Promise<void> {
    const held = heldOf(row, claim);
    if (row.attempt <= this.#options.maxAttempts) await this.#change([held], deadOf('it cannot be read'));
    else await this.#change([refunded(held)], deadOf(`its lease ended ${row.attempt - 1} times`));
  }

  /** The answer to a claim that was given up. */
  #handBackLate(rows: readonly Row<Receipt>[], claim: Claimed): void {
    const held = rows.map((row) => refunded(heldOf(row, claim)));
    if (held.length === 0) return;
    this.#forgetStarts(held)
      .then(() => this.#change(held, AGAIN))
      .catch(() => {});
  }

  /** What never began counts against no rate. */
  async #forgetStarts(
    held: readonly Held<Receipt>[],
    run: Run = (action) => this.#calls.run(action),
  ): Promise<void> {
    const limited = held.filter(({ limitKey }) => limitKey !== null);
    if (limited.length > 0) await run(() => this.#engine.limits?.unbegun(limited));
  }

  async #settle(
    leases: Leases,
    decide: (held: Held<Receipt>) => readonly [Held<Receipt>, Settlement],
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = leases.map(() => 'lost');
    const groups = new Map<string, Group<Receipt>>();
    leases.forEach(({ token }, place) => {
      // The engine is not asked about a lease that is over or was settled before: some would take its word.
      const entry = this.#book.take(token);
      if (entry === undefined) return;
      const [held, settlement] = decide(entry.held);
      const key = settlement.reason ?? '';
      const group = groups.get(key) ?? { settlement, held: [], members: [] };
      groups.set(key, group);
      group.held.push(held);
      group.members.push({ place, token, entry });
    });
    await Promise.all([...groups.values()].map((group) => this.#settleGroup(group, outcomes)));
    return outcomes;
  }

  async #settleGroup({ settlement, held, members }: Group<Receipt>, outcomes: Outcome[]): Promise<void> {
    try {
      const settled = await this.#change(held, settlement);
      members.forEach(({ place }, index) => {
        if (settled[index]) outcomes[place] = 'ok';
      });
    } catch (error) {
      // Nobody knows whether it is done, so the holder may say it again.
      for (const { token, entry } of members) this.#book.write(token, entry);
      throw error;
    }
  }

  /** Without dead letters, what would be one is removed. */
  #change(held: readonly Held<Receipt>[], settlement: Settlement): Promise<readonly boolean[]> {
    const change = settlement.to === 'dead' && !this.#engine.supports.dead ? DONE : settlement;
    return this.#calls.run(() => this.#engine.settle(held, change));
  }

  #abandon(ended: readonly Held<Receipt>[]): void {
    this.#calls.run(() => this.#engine.abandon?.(ended)).catch(() => {});
  }
}

interface Claimed {
  readonly token: string;
  /** Of the lease, by the wall clock. */
  readonly deadline: number;
  /** The same by the monotonic clock. */
  readonly until: number;
}

/** Leases that become the same. */
interface Group<Receipt> {
  readonly settlement: Settlement;
  readonly held: Held<Receipt>[];
  readonly members: { readonly place: number; readonly token: string; readonly entry: Entry<Receipt> }[];
}

function heldOf<Receipt>(row: Row<Receipt>, { token }: Claimed): Held<Receipt> {
  const { id, attempt, receipt, limitKey = null } = row;
  return { id: String(id), token, attempt, receipt: receipt as Receipt, limitKey };
}

function deadOf(reason: string): Settlement {
  return { to: 'dead', ...PLAIN, reason };
}

/** This delivery counts for nothing. */
function refunded<Receipt>(held: Held<Receipt>): Held<Receipt> {
  return { ...held, attempt: held.attempt - 1 };
}
