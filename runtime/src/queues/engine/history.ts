import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearTimeout, setTimeout } from '../../clock/timers.js';
import type { History, HistoryEntry, HistoryFilter, HistoryKeep } from '../../contracts/queue.js';
import { encodeRecord } from '../wire/index.js';
import type { Engine } from './engine.js';
import type { EngineCalls } from './engine-calls.js';
import type { Keeping, KeptFilter, KeptRow } from './history-statements.js';
import { valuesOf } from './values-of.js';

/** How often what is over is removed while something is kept, in milliseconds. */
const PRUNE_EVERY_MS = 1_000;
const LISTED = 100;
const EVERY = Number.MAX_SAFE_INTEGER;

/** What is done of a queue over an engine. */
export class EngineHistory<T> implements History<T> {
  readonly #engine: Engine<never>;
  readonly #calls: EngineCalls;
  readonly #assertSupported: () => void;
  #prunedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param assertSupported throws where the engine keeps nothing */
  constructor(engine: Engine<never>, calls: EngineCalls, assertSupported: () => void) {
    this.#engine = engine;
    this.#calls = calls;
    this.#assertSupported = assertSupported;
  }

  async keep(entries: readonly HistoryKeep<T>[], { most = EVERY }: { most?: number } = {}): Promise<void> {
    this.#calls.assertOpen();
    this.#assertSupported();
    const rows = new Map(entries.map((entry) => [entry.id, rowOf(entry)]));
    if (rows.size === 0) return;
    await this.#calls.run(() => this.#engine.history!.keep([...rows.values()]));
    const waitMs = this.#prunedAt + PRUNE_EVERY_MS - monotonicMs();
    if (waitMs <= 0) return this.#prune(most);
    this.#timer ??= setTimeout(() => void this.#prune(most), waitMs);
    this.#timer.unref();
  }

  /** What cannot be removed now is the next time. */
  async #prune(most: number): Promise<void> {
    this.stop();
    this.#prunedAt = monotonicMs();
    await this.#calls.run(() => this.#engine.history!.prune(most)).catch(() => {});
  }

  /** Removes nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async list(filter: HistoryFilter = {}): Promise<HistoryEntry<T>[]> {
    this.#calls.assertOpen();
    this.#assertSupported();
    const rows = await this.#calls.run(() => this.#engine.history!.kept(wholeFilter(filter)));
    return rows.map((row) => entryOf<T>(row));
  }
}

function rowOf({ id, kind, ok, at, error, value, forMs }: HistoryKeep<unknown>): Keeping {
  const record = encodeRecord(value);
  return { id, kind, ok, at: Math.round(at), error, record, forMs: Math.max(1, Math.ceil(forMs)) };
}

function entryOf<T>({ id, kind, ok, at, error, record }: KeptRow): HistoryEntry<T> {
  const [value] = valuesOf<T>({ id, record, attempt: 0 });
  return { id, kind, ok: Boolean(ok), at: Number(at), error, value };
}

function wholeFilter({ ids, kinds, ok, since, until, error, limit }: HistoryFilter): KeptFilter {
  return {
    ids: ids ?? null,
    kinds: kinds ?? null,
    ok: ok ?? null,
    since: Math.ceil(since ?? 0),
    until: Math.ceil(until ?? EVERY),
    error: error ?? null,
    limit: limit ?? LISTED,
  };
}
