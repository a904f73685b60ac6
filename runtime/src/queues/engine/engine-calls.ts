import { inTime, NoAnswer } from '../../clock/in-time.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Awaitable } from '../../contracts/queue.js';
import { QueueClosedError } from '../../errors/errors.js';
import { looksOnly } from '../look-only.js';
import type { Engine } from './engine.js';
import { explain } from './explain.js';

const CALL_TIMEOUT_MS = 8_000;

/** Runs a call of an engine. */
export type Run = <R>(action: () => Awaitable<R>) => Promise<R>;

/** Calls of an engine: it is open by then, they end in time, and their errors say what they mean. */
export class EngineCalls {
  readonly #name: string;
  readonly #engine: Engine<never>;
  readonly #maxAttempts: number;
  readonly #timeoutMs: number;
  #opening: Promise<void> | undefined;
  /** Something of it may be there, and has to be closed. */
  #isBegun = false;
  #isOpen = false;
  #isClosed = false;
  readonly #onLost: () => void;
  #expiredAt = -Infinity;

  /** @param onLost is told when the engine has lost its connection, and with it all leases */
  constructor(name: string, maxAttempts: number, engine: Engine<never>, onLost: () => void) {
    this.#name = name;
    this.#maxAttempts = maxAttempts;
    this.#engine = engine;
    this.#timeoutMs = engine.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.#onLost = onLost;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws QueueClosedError */
  assertOpen(): void {
    if (this.#isClosed) throw new QueueClosedError(this.#name);
  }

  /**
   * @param late is given what comes after the call was given up
   * @throws QueueClosedError, QueueUnavailableError, what the engine throws of this package
   */
  async run<R>(action: () => Awaitable<R>, late?: (result: R) => void): Promise<R> {
    this.assertOpen();
    if (!this.#isOpen) await this.#open();
    return this.#attempt(action, this.#timeoutMs, late);
  }

  /** Ends the leases and delays that are over, unless that was done just now. */
  async expire(everyMs = 0): Promise<void> {
    const now = monotonicMs();
    const isDone = this.#engine.expire === undefined || now - this.#expiredAt < everyMs;
    if (isDone || looksOnly()) return this.assertOpen();
    this.#expiredAt = now;
    await this.run(() => this.#engine.expire?.(this.#maxAttempts));
  }

  /**
   * Says no to all further calls, and does something last. Takes no longer than one call may.
   * @param before is given its time to end, in whatever way
   * @param last is given what runs a call of the engine
   */
  async end(before: Iterable<Promise<unknown>>, last: (run: Run) => Promise<unknown>): Promise<void> {
    this.#isClosed = true;
    const endsAt = monotonicMs() + this.#timeoutMs;
    const left = () => Math.max(1, endsAt - monotonicMs());
    try {
      await inTime(Promise.allSettled(before), left()).catch(() => {});
      await last(async (action) => {
        if (!this.#isOpen) await this.#open(left());
        return this.#attempt(action, left());
      });
    } finally {
      await this.#close(left);
    }
  }

  async #close(left: () => number): Promise<void> {
    if (!this.#isBegun) return;
    await inTime(Promise.allSettled([this.#opening]), left()).catch(() => {});
    this.#isOpen = false;
    this.#opening = undefined;
    await this.#closeEngine(left());
  }

  /** What cannot be ended in peace is left to itself. */
  async #closeEngine(timeoutMs: number): Promise<void> {
    this.#isBegun = false;
    await inTime((async () => this.#engine.close?.())(), timeoutMs).catch(() => {});
  }

  #open(timeoutMs = this.#timeoutMs): Promise<void> {
    this.#opening ??= this.#begin(timeoutMs).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #begin(timeoutMs: number): Promise<void> {
    let isLost = false;
    const lost = () => {
      if (isLost) return;
      isLost = true;
      this.#isOpen = false;
      this.#opening = undefined;
      this.#onLost();
    };
    this.#isBegun = true;
    try {
      await this.#attempt(() => this.#engine.open?.({ lost }), timeoutMs);
      this.#isOpen = !isLost;
    } catch (error) {
      await this.#closeEngine(timeoutMs);
      throw error;
    }
  }

  async #attempt<R>(action: () => Awaitable<R>, timeoutMs: number, late?: (result: R) => void): Promise<R> {
    try {
      const result = action();
      if (!isPromise(result)) return result;
      return await inTime(result, timeoutMs).catch((error: unknown) => {
        if (late && error instanceof NoAnswer) result.then(late, () => {});
        throw error;
      });
    } catch (error) {
      throw explain(error, this.#name, this.#engine);
    }
  }
}

function isPromise<R>(result: Awaitable<R>): result is Promise<R> {
  return typeof (result as Promise<R> | undefined)?.then === 'function';
}
