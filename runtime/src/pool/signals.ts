import { monotonicMs } from '../clock/monotonic-ms.js';
import { nextTurn } from '../clock/timers.js';
import { endProgramBy } from './end-program.js';

/**
 * Within this time a signal counts once, in milliseconds: a terminal sends Ctrl-C to all processes of a program, and one
 * that has started this one, as `tsx` or `npm` has, passes it on.
 */
const ONE_SIGNAL_MS = 250;

/** What a signal of this process does to a pool. */
export interface SignalEffects {
  /** The first one: ends the pool as gently as it can. */
  first(signal: NodeJS.Signals): Promise<void>;
  /** One more: the pool has to be gone at once. */
  again(): void;
}

/** One listener per signal, however many pools there are. */
const watches = new Map<NodeJS.Signals, Set<SignalWatch>>();

function hear(signal: NodeJS.Signals): void {
  for (const watch of [...(watches.get(signal) ?? [])]) watch.hear(signal);
}

/**
 * Lets signals of this process end a pool. When the last pool that watches for a signal is gone, and nobody else listens
 * for it or did when it came, the process ends by it, as it would have without.
 */
export class SignalWatch {
  readonly #signals: readonly NodeJS.Signals[];
  readonly #effects: SignalEffects;
  #heardAt: number | undefined;

  constructor(signals: readonly NodeJS.Signals[], effects: SignalEffects) {
    this.#signals = signals;
    this.#effects = effects;
    for (const signal of signals) {
      const watching = watches.get(signal);
      if (watching) watching.add(this);
      else {
        watches.set(signal, new Set([this]));
        process.on(signal, hear);
      }
    }
  }

  hear(signal: NodeJS.Signals): void {
    if (this.#heardAt === undefined) {
      this.#heardAt = monotonicMs();
      void this.#endBy(signal);
    } else if (monotonicMs() - this.#heardAt > ONE_SIGNAL_MS) this.#effects.again();
  }

  async #endBy(signal: NodeJS.Signals): Promise<void> {
    // Somebody else who heard it decides what becomes of the program.
    const isOursAlone = process.listenerCount(signal) === 1;
    try {
      await this.#effects.first(signal);
    } finally {
      this.release();
      // Whoever waited for the pool hears of its end first.
      await nextTurn();
      if (isOursAlone && process.listenerCount(signal) === 0) await endProgramBy(signal);
    }
  }

  /** From now on signals are what they were without this. May be called twice. */
  release(): void {
    for (const signal of this.#signals) {
      const watching = watches.get(signal);
      if (!watching?.delete(this) || watching.size > 0) continue;
      watches.delete(signal);
      process.off(signal, hear);
    }
  }
}
