import { CheckUsageError } from './usage-error.js';
import { WatchedFolders } from './watched-folders.js';

export { isOfCheck } from './watched-folders.js';

interface Watching {
  readonly stderr: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Absolute paths with forward slashes. */
export interface WatchedChanges {
  /** Files and folders that are new, gone, or were replaced. */
  readonly renamed: ReadonlySet<string>;
  /** Files that have another text. */
  readonly written: ReadonlySet<string>;
}

/** Several files are written at once; more than that nobody has to wait. */
const SETTLE_MS = 40;

/**
 * Checks now and after each change, until SIGINT or the signal. What a check stumbles over is said, and the next change is
 * checked. @returns the code of the last check
 */
export async function watchProject(
  root: string,
  checkOnce: (changed?: WatchedChanges) => Promise<number>,
  { stderr, signal }: Watching,
): Promise<number> {
  let code = await checkOnce();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let waiting = { renamed: new Set<string>(), written: new Set<string>() };
  const again = async () => {
    const changed = waiting;
    if (changed.renamed.size + changed.written.size === 0) return;
    waiting = { renamed: new Set(), written: new Set() };
    try {
      code = await checkOnce(changed);
    } catch (error) {
      code = 2;
      // What was not looked at to the end is looked at again with the next change.
      for (const path of [...changed.renamed, ...changed.written]) waiting.renamed.add(path);
      stderr(`${error instanceof CheckUsageError ? error.message : String(error)}\n`);
    }
  };
  const onChange = (path: string, how: keyof WatchedChanges) => {
    waiting[how].add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(again);
    }, SETTLE_MS);
  };
  await new Promise<void>((done, fail) => {
    const folders = new WatchedFolders(root, onChange, fail);
    const stop = () => {
      folders.close();
      process.off('SIGINT', stop);
      signal?.removeEventListener('abort', stop);
      done();
    };
    process.once('SIGINT', stop);
    signal?.addEventListener('abort', stop, { once: true });
    stderr('watching for changes; end with Ctrl-C\n');
    if (signal?.aborted) stop();
  });
  clearTimeout(timer);
  // Not in the middle of a check, whose code would be lost.
  await running;
  return code;
}
