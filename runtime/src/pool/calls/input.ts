import { OptionError } from '../../errors/errors.js';
import { asError } from '../../worker/as-error.js';

/** Arguments of a call, taken one at a time. */
export interface Input {
  /** The next value; `undefined` when there is none now, or none any more. @throws what the iterable throws */
  take(): unknown;
  /** Was there none when `take` was called last? */
  readonly wasEmpty: boolean;
  readonly isDone: boolean;
  /** What the iterable rejected with. */
  readonly error: Error | undefined;
  /** How many values there are in all, where that is known. */
  readonly length: number | undefined;
  close(): void;
}

/** Values read ahead of an asynchronous iterable. */
const READ_AHEAD = 64;

/** What an input threw, as it is; only that nothing was thrown must not be read from it. */
export function thrownByInput(thrown: unknown): Error {
  return thrown === undefined ? asError(thrown) : (thrown as Error);
}

/** @param room how many values are wanted now, read ahead or not */
export function openInput(
  values: Iterable<unknown> | AsyncIterable<unknown>,
  onInput: () => void,
  room: () => number,
): Input {
  if (Array.isArray(values)) return new ArrayInput(values);
  const { [Symbol.asyncIterator]: toAsync, [Symbol.iterator]: toSync } = Object(values ?? {});
  if (typeof toAsync === 'function')
    return new AsyncInput(mustIterate(toAsync.call(values) as AsyncIterator<unknown>), onInput, room);
  if (typeof toSync === 'function')
    return new SyncInput(mustIterate(toSync.call(values) as Iterator<unknown>));
  throw new OptionError(
    `the arguments of a call must be an iterable or an async iterable; received ${String(values)}`,
  );
}

/** @throws OptionError */
function mustIterate<I extends Iterator<unknown> | AsyncIterator<unknown>>(iterator: I): I {
  if (typeof (iterator as Partial<I> | undefined | null)?.next === 'function') return iterator;
  throw new OptionError(`the iterator of an input must have a method next; received ${String(iterator)}`);
}

/** Without this look, an iterator that gives something else would never end. */
function mustBeResult<T>(result: IteratorResult<T>): IteratorResult<T> {
  if (typeof result === 'object' && result !== null) return result;
  throw new OptionError(
    `the iterator of an input must give objects with done and value; it gave ${String(result)}`,
  );
}

class ArrayInput implements Input {
  readonly error = undefined;
  wasEmpty = false;
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
    if (this.isDone) {
      this.wasEmpty = true;
      return undefined;
    }
    this.#next += 1;
    return this.values[this.#next - 1];
  }

  close(): void {
    this.#closed = true;
  }
}

class SyncInput implements Input {
  readonly #iterator: Iterator<unknown>;
  #isAsked = false;
  readonly error = undefined;
  readonly length = undefined;
  isDone = false;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  get wasEmpty(): boolean {
    return this.isDone;
  }

  take(): unknown {
    if (this.isDone) return undefined;
    this.#isAsked = true;
    try {
      const next = mustBeResult(this.#iterator.next());
      if (!next.done) {
        // A generator cannot be closed while it runs, as when it ends its own call.
        if (this.isDone) this.#return();
        return next.value;
      }
    } catch (error) {
      this.isDone = true;
      throw error;
    } finally {
      this.#isAsked = false;
    }
    this.isDone = true;
    return undefined;
  }

  close(): void {
    if (this.isDone) return;
    this.isDone = true;
    if (!this.#isAsked) this.#return();
  }

  #return(): void {
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
  wasEmpty = false;
  #ended = false;
  #reading = false;

  constructor(iterator: AsyncIterator<unknown>, onInput: () => void, room: () => number) {
    this.#iterator = iterator;
    this.#onInput = onInput;
    this.#room = room;
  }

  get isDone(): boolean {
    return this.#ended && this.#ahead.length === 0;
  }

  take(): unknown {
    const taken = this.#ahead.shift();
    this.wasEmpty = taken === undefined;
    void this.#read();
    return taken?.value;
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    try {
      while (!this.#ended && this.#ahead.length < Math.min(READ_AHEAD, this.#room())) {
        const next = mustBeResult(await this.#iterator.next());
        if (next.done) this.#ended = true;
        else if (!this.#ended) this.#ahead.push({ value: next.value });
        this.#onInput();
      }
    } catch (error) {
      this.#ended = true;
      this.error = thrownByInput(error);
      this.#onInput();
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ahead.length = 0;
    // The call is over; nobody is left to hear of what goes wrong here.
    void (async () => this.#iterator.return?.())().catch(() => {});
  }
}
