import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { CheckUsageError } from './usage-error.js';

interface Watching {
  readonly stderr: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const SETTLE_MS = 80;
const WATCHED = /(\.[cm]?[jt]sx?|tsconfig[\w.-]*\.json|package\.json)$/;
const IGNORED = /^(node_modules|dist|build|coverage|\..*)$/;

/**
 * Checks now and after each change, until SIGINT or the signal. What a check stumbles over is said, and the next change is
 * checked. @returns the code of the last check
 */
export async function watchProject(
  root: string,
  checkOnce: () => Promise<number>,
  { stderr, signal }: Watching,
): Promise<number> {
  let code = await checkOnce();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const again = async () => {
    try {
      code = await checkOnce();
    } catch (error) {
      code = 2;
      stderr(`${error instanceof CheckUsageError ? error.message : String(error)}\n`);
    }
  };
  const onChange = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(again);
    }, SETTLE_MS);
  };
  await new Promise<void>((done, fail) => {
    const folders = new Folders(root, onChange, fail);
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

/** Watches a folder and those below it, one by one: what is installed or built is left out. */
class Folders {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;

  constructor(root: string, onChange: () => void, onError: (error: unknown) => void) {
    this.#onChange = onChange;
    this.#onError = onError;
    this.#add(root);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #add(folder: string): boolean {
    if (this.#watchers.has(folder)) return false;
    let entries: { name: string; isDirectory(): boolean }[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      // It is no folder, or gone again.
      return false;
    }
    const watcher = watch(folder, (event, name) => this.#changed(folder, event, name));
    watcher.on('error', (error: NodeJS.ErrnoException) => {
      watcher.close();
      this.#watchers.delete(folder);
      if (error.code === 'ENOSPC' || error.code === 'EMFILE') this.#onError(error);
    });
    this.#watchers.set(folder, watcher);
    for (const entry of entries)
      if (entry.isDirectory() && !IGNORED.test(entry.name)) this.#add(join(folder, entry.name));
    return true;
  }

  #changed(folder: string, event: string, name: string | null): void {
    if (name === null || IGNORED.test(name)) return;
    const path = join(folder, name);
    // A folder that is new may hold files already; one that is gone held some.
    if (event === 'rename' && (this.#add(path) || this.#drop(path))) this.#onChange();
    else if (WATCHED.test(name)) this.#onChange();
  }

  #drop(folder: string): boolean {
    const watcher = this.#watchers.get(folder);
    try {
      readdirSync(folder);
      return false;
    } catch {
      watcher?.close();
      return this.#watchers.delete(folder);
    }
  }
}
