import type { HeldValue, History, HistoryKeep, JoinedValue, Joins } from '../../contracts/queue.js';
import { encodeRecord } from '../wire/index.js';
import type { Engine } from './engine.js';
import type { EngineCalls } from './engine-calls.js';
import type { HeldRow, JoinedRow } from './join-statements.js';
import { valuesOf } from './values-of.js';

/**
 * What waits for others, of a queue over an engine. Of `hold` and `arrive` each writes first and then looks (`fill`), so that
 * of two that come at the same time one sees the other.
 */
export class EngineJoins<T> implements Joins<T> {
  readonly #engine: Engine<never>;
  readonly #calls: EngineCalls;
  readonly #history: History<T>;
  readonly #assertSupported: () => void;

  /** @param assertSupported throws where the engine holds nothing */
  constructor(engine: Engine<never>, calls: EngineCalls, history: History<T>, assertSupported: () => void) {
    this.#engine = engine;
    this.#calls = calls;
    this.#history = history;
    this.#assertSupported = assertSupported;
  }

  async hold(values: readonly HeldValue<T>[]): Promise<void> {
    this.#assertCan();
    const rows = values.map(rowOf);
    if (rows.length === 0) return;
    await this.#calls.run(() => this.#engine.joins!.hold(rows));
    const before = new Set(rows.flatMap(({ after }) => after));
    if (before.size > 0) await this.#calls.run(() => this.#engine.joins!.fill([...before]));
  }

  async arrive(
    entries: readonly HistoryKeep<T>[],
    options: { readonly most?: number } = {},
  ): Promise<boolean> {
    this.#assertCan();
    if (entries.length === 0) return false;
    await this.#history.keep(entries, options);
    return this.#calls.run(() => this.#engine.joins!.fill(entries.map(({ id }) => id)));
  }

  async joined(max: number, forMs: number): Promise<JoinedValue<T>[]> {
    this.#assertCan();
    const rows = await this.#calls.run(() => this.#engine.joins!.joined(max, Math.max(1, Math.ceil(forMs))));
    return rows.map((row) => joinedOf<T>(row));
  }

  async release(ids: readonly string[]): Promise<void> {
    this.#assertCan();
    if (ids.length > 0) await this.#calls.run(() => this.#engine.joins!.release(ids));
  }

  async awaited(limit: number): Promise<string[]> {
    this.#assertCan();
    await this.#calls.run(() => this.#engine.joins!.fill(null));
    return [...(await this.#calls.run(() => this.#engine.joins!.awaited(limit)))];
  }

  async holds(ids: readonly string[]): Promise<string[]> {
    this.#assertCan();
    return ids.length === 0 ? [] : [...(await this.#calls.run(() => this.#engine.joins!.holds(ids)))];
  }

  #assertCan(): void {
    this.#calls.assertOpen();
    this.#assertSupported();
  }
}

function rowOf({ id, value, after, goesOn = false }: HeldValue<unknown>): HeldRow {
  return { id, record: encodeRecord(value), after: [...new Set(after)], goesOn };
}

function joinedOf<T>({ id, record, before }: JoinedRow): JoinedValue<T> {
  return {
    id,
    value: readable<T>(record),
    before: before.map((one) => ({ id: one.id, ok: Boolean(one.ok), value: readable<T>(one.record) })),
  };
}

function readable<T>(record: string): T | undefined {
  return valuesOf<T>({ id: '', record, attempt: 0 })[0];
}
