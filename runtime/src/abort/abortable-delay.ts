import { clearTimeout, setTimeout } from '../clock/timers.js';
import { subscribeToAbort } from './subscribe-to-abort.js';

/** Resolves after a time, or as soon as the signal is aborted. However many wait, the signal has one listener. */
export function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const forgetSignal = subscribeToAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
    const timer = setTimeout(() => {
      forgetSignal();
      resolve();
    }, ms);
  });
}
