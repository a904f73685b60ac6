import { OptionError } from '../../errors/errors.js';

/** Arguments of a call, taken one at a time. */
export interface Input {
  /** The next value; `NOTHING_NOW` when there is none now, or none any more. @throws what the iterable throws */
  take(): unknown;
  readonly isDone: boolean;
  /** What the iterable rejected with. */
  readonly error: Error | undefined;
  /** How many values there are in all, where that is known. */
  readonly length: number | undefined;
  close(): void;
}

export const NOTHING_NOW = Symbol('nothing now');

/** Values read ahead of an asynchronous iterable. */
const READ_AHEAD = 64;

/** @param room how many values are wanted now, read ahead or not */
export function openInput(
  values: Iterable<unknown> | AsyncIterable<unknown>,
  onInput: () => void,
  room: () => number,
): Input {
  if (Array.isArray(values)) return new ArrayInput(values);
  if (typeof values === 'object' && values !== null && Symbol.asyncIterator in values)
    return new AsyncInput(values, onInput, room);
  if (values !== null && values !== undefined && Symbol.iterator in Object(values))
    return new SyncInput(values as Iterable<unknown>);
  throw new OptionError(
    `the arguments of a call must be an iterable or an async iterable; received ${String(values)}`,
  );
}

class ArrayInput implements Input {
  readonly error = undefined;
  #next = 0;
  #closed = false;

  constructor(readonly values: readonly unknown[]) {}

  get length(): number {
    return this.values.length;
  }

  get isDone(): boolean {
    return this.#closed || this.#next >= this.values.length;
  }

  take(): unknown {
    if (this.isDone) return NOTHING_NOW;
    this.#next += 1;
    return this.values[this.#next - 1];
  }

  close(): void {
    this.#closed = true;
  }
}

class SyncInput implements Input {
  readonly #iterator: Iterator<unknown>;
  readonly error = undefined;
  readonly length = undefined;
  isDone = false;

  constructor(values: Iterable<unknown>) {
    this.#iterator = values[Symbol.iterator]();
  }

  take(): unknown {
    if (this.isDone) return NOTHING_NOW;
    try {
      const next = this.#iterator.next();
      if (!next.done) return next.value;
    } catch (error) {
      this.isDone = true;
      throw error;
    }
    this.isDone = true;
    return NOTHING_NOW;
  }

  close(): void {
    if (this.isDone) return;
    this.isDone = true;
    try {
      this.#iterator.return?.();
    } catch {
      // The call is over; nobody is left to hear of it.
    }
  }
}

class AsyncInput implements Input {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #onInput: () => void;
  readonly #room: () => number;
  readonly #ahead: { value: unknown }[] = [];
  readonly length = undefined;
  error: Error | undefined;
  #ended = false;
  #reading = false;

  constructor(values: AsyncIterable<unknown>, onInput: () => void, room: () => number) {
    this.#iterator = values[Symbol.asyncIterator]();
    this.#onInput = onInput;
    this.#room = room;
  }

  get isDone(): boolean {
    return this.#ended && this.#ahead.length === 0;
  }

  take(): unknown {
    const taken = this.#ahead.shift();
    void this.#read();
    return taken === undefined ? NOTHING_NOW : taken.value;
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    try {
      while (!this.#ended && this.#ahead.length < Math.min(READ_AHEAD, this.#room())) {
        const next = await this.#iterator.next();
        if (next.done) this.#ended = true;
        else if (!this.#ended) this.#ahead.push({ value: next.value });
        this.#onInput();
      }
    } catch (error) {
      this.#ended = true;
      this.error = error as Error;
      this.#onInput();
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ahead.length = 0;
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }
}
