import { clearTimeout, setTimeout } from '../clock/timers.js';
import { PoolClosedError } from '../errors/errors.js';
import type { PoolEngine } from './pool-engine.js';
import type { RemotePool } from './remote/remote-pool.js';
import type { SignalWatch } from './signals.js';

export interface ShutdownEffects {
  /** What the pool does with queues; `undefined` while it has not used any. */
  remote(): RemotePool | undefined;
  /** Resolves when the responses that there are lie on the queue of results. */
  stored(): Promise<unknown>;
  onClosed(): void;
}

/** Ends a pool: gently, within a time limit, or at once. */
export class Shutdown {
  readonly #core: PoolEngine;
  readonly #signals: SignalWatch;
  readonly #effects: ShutdownEffects;
  readonly #closed: Promise<void>;
  #tellClosed!: () => void;
  #closing: (() => Promise<void>) | undefined;
  #ending: (() => Promise<void>) | undefined;
  #whenQuiet: (() => void) | undefined;
  isOpen = true;

  constructor(core: PoolEngine, signals: SignalWatch, effects: ShutdownEffects) {
    this.#core = core;
    this.#signals = signals;
    this.#effects = effects;
    this.#closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  /** Nothing is outstanding, and no call has more to come. */
  onQuiet(): void {
    this.#whenQuiet?.();
  }

  /** Lets all finish, and ends the processes. What is not done in time is stopped. */
  close(): Promise<void> {
    this.#closing ??= once(() => this.#close());
    return this.#closing();
  }

  async #close(): Promise<void> {
    if (!this.isOpen) return this.#closed;
    this.isOpen = false;
    const isDrained = await this.#isInTime(this.#drain());
    await this.end(
      isDrained
        ? undefined
        : new PoolClosedError('the pool was closed, and the job was not done within closeTimeoutMs'),
    );
  }

  /** A signal of this process: what runs is finished, what waits is not begun. */
  async endBy(signal: NodeJS.Signals): Promise<void> {
    this.isOpen = false;
    await this.#isInTime(this.#finishWhatRuns());
    await this.end(new PoolClosedError(`${signal} ended the pool before the job was done`), true);
  }

  async #finishWhatRuns(): Promise<void> {
    this.#core.isClosing = true;
    await this.#effects.remote()?.finishWhatRuns();
    await this.#core.supervisor.drain();
    await this.#effects.stored();
  }

  async #drain(): Promise<void> {
    await this.#effects.remote()?.drain();
    this.#core.isClosing = true;
    if (!this.#core.isQuiet)
      await new Promise<void>((resolve) => {
        this.#whenQuiet = resolve;
      });
    await this.#effects.remote()?.close();
    await this.#effects.stored();
    await this.#core.supervisor.drain();
  }

  /** @returns `false` when it was not done within `closeTimeoutMs` */
  async #isInTime(ending: Promise<void>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.#core.options.closeTimeoutMs);
    });
    // `destroy` may come in between; nothing is left to wait for then.
    const outcome = await Promise.race([ending, this.#closed, late]);
    clearTimeout(timer);
    return outcome !== 'late';
  }

  /**
   * Ends everything now: processes are killed, and every promise is settled.
   * @param gives whether calls give what is done
   */
  end(reason?: Error, gives = false): Promise<void> {
    this.isOpen = false;
    this.#ending ??= once(() => this.#endAll(reason, gives));
    return this.#ending();
  }

  async #endAll(reason: Error | undefined, gives: boolean): Promise<void> {
    try {
      await this.#core.destroy(reason, gives);
      this.#signals.release();
      await this.#effects.remote()?.close();
    } finally {
      this.#effects.onClosed();
      this.#tellClosed();
    }
  }
}

/**
 * Begins with the first call; all calls have the same promise, those included that the action itself leads to before it
 * has returned one.
 */
function once(action: () => Promise<void>): () => Promise<void> {
  let promise: Promise<void> | undefined;
  return () => {
    if (promise !== undefined) return promise;
    let follow!: (done: Promise<void>) => void;
    promise = new Promise((resolve) => {
      follow = resolve;
    });
    follow(action());
    return promise;
  };
}
