/** A process that does not serve within this time hangs in its start, in milliseconds; it takes a tenth of a second. */
const START_LIMIT_MS = 60_000;

/** A process that waits for a debugger starts when somebody tells it to. */
const WAITS_FOR_DEBUGGER = /--inspect-(brk|wait)/;

/** What is said of a process that was ended for it. */
export const DID_NOT_START = `it did not begin to work within ${START_LIMIT_MS / 1_000} s of its start, and was ended`;

/**
 * Watches that a process comes to serve.
 * @param onHung called where it has not, unless it was told to wait for a debugger
 * @returns what ends the watch
 */
export function watchStart(
  { execArgv, env }: { readonly execArgv: readonly string[]; readonly env: NodeJS.ProcessEnv },
  onHung: () => void,
): () => void {
  if (WAITS_FOR_DEBUGGER.test([...execArgv, env.NODE_OPTIONS ?? ''].join(' '))) return () => {};
  const timer = setTimeout(onHung, START_LIMIT_MS);
  timer.unref();
  return () => clearTimeout(timer);
}
