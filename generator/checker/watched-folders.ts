import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

const WATCHED = /(\.[cm]?[jt]sx?|tsconfig[\w.-]*\.json|package\.json)$/;
const IGNORED = /^(node_modules|dist|build|coverage|\..*)$/;
/** Where the settings of check are: the one folder with a dot that counts, without what is below it. */
const OWN_FOLDER = '.mproc';
const OWN_FILES = /^check(-baseline)?\.json$/;

/** Whether a file belongs to check itself. */
export function isOfCheck(path: string): boolean {
  const [name = '', folder] = path.split('/').reverse();
  return folder === OWN_FOLDER && OWN_FILES.test(name);
}

type OnChange = (path: string, how: 'renamed' | 'written') => void;

/** Watches a folder and those below it, one by one: what is installed or built is left out. */
export class WatchedFolders {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #root: string;
  readonly #onChange: OnChange;
  readonly #onError: (error: unknown) => void;

  constructor(root: string, onChange: OnChange, onError: (error: unknown) => void) {
    this.#root = root;
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
    if (this.#isOwn(folder)) return true;
    for (const entry of entries)
      if (entry.isDirectory() && this.#isWatched(folder, entry.name)) this.#add(join(folder, entry.name));
    return true;
  }

  #isOwn(folder: string): boolean {
    return folder === join(this.#root, OWN_FOLDER);
  }

  #isWatched(folder: string, name: string): boolean {
    return !IGNORED.test(name) || this.#isOwn(join(folder, name));
  }

  #changed(folder: string, event: string, name: string | null): void {
    if (name === null || !this.#isWatched(folder, name)) return;
    const path = join(folder, name);
    if (this.#isOwn(folder)) {
      // The baseline is written by check itself, where it is told to.
      const isWritten = /baseline/.test(name) && process.env.MPROC_CHECK_BASELINE === 'write';
      if (OWN_FILES.test(name) && !isWritten) this.#onChange(path, 'written');
    } else if (event === 'rename' && (this.#add(path) || this.#drop(path))) {
      // A folder that is new may hold files already; one that is gone held some.
      this.#onChange(path, 'renamed');
    } else if (WATCHED.test(name)) {
      this.#onChange(path, event === 'rename' || name.endsWith('.json') ? 'renamed' : 'written');
    }
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
