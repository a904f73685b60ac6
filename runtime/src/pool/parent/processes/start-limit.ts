import { clearTimeout, setTimeout } from '../../../clock/timers.js';

/** A process that does not serve within this time hangs in its start, in milliseconds; it takes a tenth of a second. */
const START_LIMIT_MS = 60_000;

/** A process that waits for a debugger starts when somebody tells it to. */
const WAITS_FOR_DEBUGGER = /--inspect-(brk|wait)/;

/** The same from the moment on at which others have failed to start, in a row: those were quicker. */
export const HURRIED_MS = 10_000;

/** What is said of a process that was ended for it. */
export const DID_NOT_START = 'it did not begin to work in time, and was ended';

/**
 * Watches that a process comes to serve within a time, in milliseconds.
 * @param onHung called where it has not, unless it was told to wait for a debugger
 * @returns what ends the watch
 */
export function watchStart(
  { execArgv, env }: { readonly execArgv: readonly string[]; readonly env: NodeJS.ProcessEnv },
  onHung: () => void,
  limitMs = START_LIMIT_MS,
): () => void {
  if (WAITS_FOR_DEBUGGER.test([...execArgv, env.NODE_OPTIONS ?? ''].join(' '))) return () => {};
  const timer = setTimeout(onHung, limitMs);
  timer.unref();
  return () => clearTimeout(timer);
}
