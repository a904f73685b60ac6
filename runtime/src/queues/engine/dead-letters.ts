import type { DeadLetter, DeadLetters } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import type { Engine, Range, Row } from './engine.js';
import type { EngineCalls } from './engine-calls.js';
import { valuesOf } from './values-of.js';

/** The dead letters of a queue over an engine. */
export class EngineDeadLetters<T> implements DeadLetters<T> {
  readonly #engine: Engine<never>;
  readonly #calls: EngineCalls;
  readonly #assertSupported: () => void;

  /** @param assertSupported throws where the engine has none */
  constructor(engine: Engine<never>, calls: EngineCalls, assertSupported: () => void) {
    this.#engine = engine;
    this.#calls = calls;
    this.#assertSupported = assertSupported;
  }

  async getAll({
    limit = Number.MAX_SAFE_INTEGER,
  }: {
    readonly limit?: number;
  } = {}): Promise<DeadLetter<T>[]> {
    const range: Range = { offset: 0, limit, take: false };
    const rows = await this.#after(() => this.#engine.peek!('dead', range));
    return rows.map((row) => letterOf<T>(row));
  }

  requeue(ids?: readonly string[]): Promise<number> {
    return this.#after(() => this.#engine.requeue!(ids));
  }

  clear(): Promise<number> {
    return this.#after(() => this.#engine.clear('dead'));
  }

  /** Somebody may have put one back meanwhile: only what is among the dead letters is removed. @throws UnsupportedError */
  async remove(ids: readonly string[]): Promise<number> {
    if (!this.#engine.supports.withdraw)
      throw new UnsupportedError(`a queue of ${this.#engine.kind}`, 'removing some of its dead letters');
    const wanted = new Set(ids);
    const there = (await this.getAll()).map(({ id }) => id).filter((id) => wanted.has(id));
    return there.length === 0 ? 0 : this.#after(() => this.#engine.clear('dead', there));
  }

  /** What has died by now is among them. */
  async #after<R>(action: () => R | Promise<R>): Promise<R> {
    this.#assertSupported();
    await this.#calls.expire();
    return this.#calls.run(action);
  }
}

function letterOf<T>(row: Row): DeadLetter<T> {
  const { id, attempt, reason } = row;
  return { id: String(id), value: valuesOf<T>(row)[0], attempt, reason: reason ?? 'unknown' };
}
