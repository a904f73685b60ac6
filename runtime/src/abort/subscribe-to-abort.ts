/** Who wants to hear of one signal. */
class Subscribers {
  readonly #callbacks = new Set<() => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener('abort', this.#tell);
    this.#callbacks.add(callback);
  }

  remove(callback: () => void): void {
    if (this.#callbacks.delete(callback) && this.#callbacks.size === 0)
      this.#signal.removeEventListener('abort', this.#tell);
  }

  /** Each is told once. One that throws keeps no other from hearing. */
  readonly #tell = (): void => {
    const errors: unknown[] = [];
    for (const callback of this.#callbacks) {
      this.remove(callback);
      try {
        callback();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}

const subscribersOf = new WeakMap<AbortSignal, Subscribers>();

/**
 * Calls back once when a signal is aborted. However many subscribe to one signal, it has one listener, and none as soon as
 * the last of them has unsubscribed: to add and remove a listener costs `AbortSignal` as much as it has of them, and more
 * than ten of them are taken for a leak by Node.js.
 * @param signal one that is not aborted yet: later subscribers of one that is hear nothing
 * @returns a function that unsubscribes; it may be called twice
 */
export function subscribeToAbort(signal: AbortSignal, callback: () => void): () => void {
  let subscribers = subscribersOf.get(signal);
  if (subscribers === undefined) {
    subscribers = new Subscribers(signal);
    subscribersOf.set(signal, subscribers);
  }
  // The same function may be given for two purposes.
  const own = () => callback();
  subscribers.add(own);
  return () => subscribers.remove(own);
}
