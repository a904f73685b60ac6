import { chmodSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WorkError } from '../output/failure.js';
import { sha256 } from '../plan/manifest.js';
import { attempt, makeFolder, replaceDurably, siblingOf, syncFolder } from './durable.js';
import type { Entry, Record } from './journal.js';
import { bytesBelow, foldersOf } from './paths.js';

/**
 * Brings every file of a change to its new state. Whatever was done already is left as it is, so it can be run again
 * after having been interrupted anywhere.
 * @returns paths that somebody else changed in the meantime, and that were therefore left alone
 */
export function rollForward(root: string, journal: string, record: Record): string[] {
  const foreign: string[] = [];
  for (const [index, entry] of record.entries.entries()) {
    const state = stateOf(root, entry);
    if (state === 'foreign') foreign.push(entry.path);
    if (state === 'before') bring(root, entry, entry.after, join(journal, 'new', String(index)), record.id);
    else attempt(() => rmSync(siblingOf(join(root, entry.path), record.id), { force: true }));
  }
  removeFolders(root, record.emptyFolders);
  return foreign;
}

/** Brings every file back to its old state, after rolling forward failed. */
export function rollBack(root: string, journal: string, record: Record): void {
  for (const [index, entry] of [...record.entries.entries()].reverse())
    if (stateOf(root, entry) === 'after')
      bring(root, entry, entry.before, join(journal, 'old', String(index)), record.id);
  removeFolders(root, record.madeFolders);
}

/** Where a file stands in its change. */
export function stateOf(root: string, entry: Entry): 'before' | 'after' | 'foreign' {
  const bytes = bytesBelow(root, entry.path);
  const hash = bytes ? sha256(bytes) : null;
  if (hash === entry.after) return 'after';
  return hash === entry.before ? 'before' : 'foreign';
}

function bring(root: string, entry: Entry, hash: string | null, source: string, id: string): void {
  const target = join(root, entry.path);
  if (hash === null) {
    rmSync(target);
    syncFolder(dirname(target));
    return;
  }
  const bytes = readFileSync(source);
  if (sha256(bytes) !== hash)
    throw new WorkError(
      'ERR_JOURNAL',
      `${source} does not hold what was staged for ${entry.path}: delete ${dirname(dirname(source))} to give that change up`,
    );
  for (const folder of foldersOf(entry.path))
    if (makeFolder(join(root, folder))) syncFolder(dirname(join(root, folder)));
  replaceDurably(target, bytes, id, entry.mode ?? undefined);
  // The mode that a file is made with is narrowed by the umask.
  if (entry.mode !== null) chmodSync(target, entry.mode);
}

/** Innermost first; one that holds anything stays. */
function removeFolders(root: string, folders: readonly string[]): void {
  for (const folder of [...folders].sort().reverse()) attempt(() => rmdirSync(join(root, folder)));
}
