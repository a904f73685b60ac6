import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFile } from '../plan/plan.js';
import { stateOf } from './apply.js';
import { undoNumbers } from './commit.js';
import { type Change, type Entry, readRecord } from './journal.js';
import { bytesBelow } from './paths.js';
import { UNDO } from './places.js';

/** The last change of a project, turned round. */
export interface TakingBack extends Change {
  /** The command that is taken back. */
  readonly of: string;
}

/** @returns undefined when there is nothing to take back */
export function lastChange(root: string, force: boolean): TakingBack | undefined {
  const number = undoNumbers(root).at(-1);
  if (number === undefined) return undefined;
  const folder = join(root, UNDO, String(number));
  const record = readRecord(folder);
  if (!record) return undefined;
  const files = record.entries.map((entry, index) =>
    turnRound(root, join(folder, 'old', String(index)), entry, force),
  );
  return {
    of: record.command,
    command: 'undo',
    files: files.reverse(),
    emptyFolders: record.madeFolders,
    takesBack: String(number),
    keeps: force && record.entries.some((entry) => stateOf(root, entry) === 'foreign'),
  };
}

function turnRound(root: string, old: string, entry: Entry, force: boolean): PlannedFile {
  const { path } = entry;
  const before = bytesBelow(root, path);
  const contents = entry.before === null || !existsSync(old) ? undefined : readFileSync(old);
  const state = stateOf(root, entry);
  if (state === 'before') return { path, action: 'unchanged', before, contents };
  if (state === 'foreign' && !force)
    return { path, action: 'conflict', before, contents: before, reason: 'it was changed since' };
  if (contents) return { path, action: before ? 'edit' : 'create', before, contents };
  return { path, action: 'delete', before, contents };
}
