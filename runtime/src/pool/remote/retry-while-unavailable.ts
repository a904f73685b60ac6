import { abortableDelay } from '../../abort/abortable-delay.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Logger } from '../../contracts/logger.js';
import { LostLease } from './lost-lease.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Does something with a server that may be away for a while: tries again, with pauses that grow.
 * @param forMs how long before the last failure is thrown; no limit with Infinity
 * @returns `undefined` when the signal is aborted
 */
export async function retryWhileUnavailable<T>(
  what: string,
  action: () => T | Promise<T>,
  options: { readonly signal: AbortSignal | LostLease; readonly forMs: number; readonly logger: Logger },
): Promise<T | undefined> {
  const until = monotonicMs() + options.forMs;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    if (options.signal.aborted) return undefined;
    try {
      return await action();
    } catch (error) {
      if (options.signal.aborted) return undefined;
      if (monotonicMs() + pauseMs > until || !isPassing(error)) throw error;
      if (pauseMs >= LONGEST_PAUSE_MS)
        options.logger.warn(`${what} failed, trying again: ${(error as Error).message}`);
    }
    const { signal } = options;
    await abortableDelay(pauseMs, signal instanceof LostLease ? signal.signal : signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
  }
}

/** A queue that was closed, or a name that it may not have, will not be better the next time. */
const LASTING = ['ERR_UNSUPPORTED', 'ERR_QUEUE_CLOSED', 'ERR_QUEUE_NAME', 'ERR_OPTION'];

/** A wrong password or a missing database stays so until a person mends it. */
export function isPassing(error: unknown): boolean {
  const { code = '', permanent = false } = error as { code?: string; permanent?: boolean };
  return !permanent && !isRefusal(error) && !LASTING.includes(code);
}

/** The queue was closed here, or destroyed by somebody. */
export function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_QUEUE_CLOSED';
}

/** The value itself cannot be sent, or is too large for the engine. */
export function isRefusal(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_VALUE';
}
