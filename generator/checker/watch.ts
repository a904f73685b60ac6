import { watch } from 'node:fs';
import { CheckUsageError } from './usage-error.js';

interface Watching {
  readonly stderr: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const SETTLE_MS = 80;
const WATCHED = /(\.[cm]?[jt]sx?|tsconfig[\w.-]*\.json|package\.json)$/;
const IGNORED = /(^|[\\/])(node_modules|dist|\.git|\.mproc)([\\/]|$)/;

/**
 * Checks now and after each change, until SIGINT or the signal. What a check stumbles over is said, and the next change is
 * checked. @returns the code of the last check
 */
export function watchProject(
  root: string,
  checkOnce: () => number,
  { stderr, signal }: Watching,
): Promise<number> {
  let code = checkOnce();
  return new Promise((done, fail) => {
    let timer: NodeJS.Timeout | undefined;
    const watcher = watch(root, { recursive: true }, (_, name) => {
      if (name === null || IGNORED.test(name) || !WATCHED.test(name)) return;
      clearTimeout(timer);
      timer = setTimeout(again, SETTLE_MS);
    });
    const stop = (error?: unknown) => {
      clearTimeout(timer);
      watcher.close();
      process.off('SIGINT', onInterrupt);
      signal?.removeEventListener('abort', onInterrupt);
      if (error === undefined) done(code);
      else fail(error);
    };
    // Not in the middle of a check, whose code would be lost.
    const onInterrupt = () => setImmediate(stop);
    const again = () => {
      try {
        code = checkOnce();
      } catch (error) {
        code = 2;
        stderr(`${error instanceof CheckUsageError ? error.message : String(error)}\n`);
      }
    };
    watcher.on('error', (error) => stop(error));
    process.once('SIGINT', onInterrupt);
    signal?.addEventListener('abort', onInterrupt, { once: true });
    stderr('watching for changes; end with Ctrl-C\n');
    if (signal?.aborted) onInterrupt();
  });
}
