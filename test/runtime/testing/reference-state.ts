import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { withFileLock } from './file-lock.js';

export interface StoredJob {
  id: number;
  record: string;
  priority: number;
  key?: string | undefined;
  state: 'ready' | 'delayed' | 'leased' | 'dead';
  /** Epoch ms: visible from when delayed, deadline when leased. */
  time: number;
  attempt: number;
  token: string;
  owner: string;
  reason: string;
}

export interface StoredQueue {
  lastId: number;
  lastToken: number;
  jobs: StoredJob[];
}

/** The whole queue in one file that is replaced by a rename, so that a process may die at any moment. */
export class StateFile {
  readonly path: string;

  constructor(name: string) {
    this.path = `${tmpdir()}/mproc-reference-${name}.json`;
  }

  transact<R>(change: (state: StoredQueue) => R): R {
    return withFileLock(`${this.path}.lock`, () => {
      const state = this.#read();
      const result = change(state);
      const next = `${this.path}.next`;
      writeFileSync(next, JSON.stringify(state));
      renameSync(next, this.path);
      return result;
    });
  }

  #read(): StoredQueue {
    if (!existsSync(this.path)) return { lastId: 0, lastToken: 0, jobs: [] };
    return JSON.parse(readFileSync(this.path, 'utf8')) as StoredQueue;
  }

  remove(): void {
    for (const suffix of ['', '.next']) rmSync(`${this.path}${suffix}`, { force: true });
  }
}
