import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { WorkError } from '../output/failure.js';
import { sha256 } from '../plan/manifest.js';
import type { PlannedFile } from '../plan/plan.js';
import { syncFolder, writeDurably } from './durable.js';
import { foldersOf, partsOf } from './paths.js';
import { JOURNAL } from './places.js';

/** One file of a change. */
export interface Entry {
  readonly path: string;
  /** SHA-256 before and after; `null` where there is no file. */
  readonly before: string | null;
  readonly after: string | null;
  /** Permission bits of the file that was there. */
  readonly mode: number | null;
}

/** What a change consists of. `old/<n>` and `new/<n>` beside it hold the bytes of entry n. */
export interface Record {
  readonly version: 1;
  readonly id: string;
  readonly command: string;
  readonly entries: readonly Entry[];
  /** Folders that the change made, outermost first. */
  readonly madeFolders: readonly string[];
  /** Folders to remove when they are empty, because the change that made them is taken back. */
  readonly emptyFolders: readonly string[];
  /** The change that this one takes back. */
  readonly takesBack: string | null;
  /** Whether it takes away what somebody changed, so that it can be taken back itself. */
  readonly keeps?: boolean;
}

export const JOURNAL_RECORD = 'commit.json';

export interface Change {
  readonly command: string;
  readonly files: readonly PlannedFile[];
  readonly emptyFolders?: readonly string[];
  readonly takesBack?: string;
  /** Keeps the change to be taken back, though it takes one back itself. */
  readonly keeps?: boolean;
}

/**
 * Writes a change into the journal, and counts it as made by the one rename that shows its `commit.json`. Nothing outside
 * the journal is touched; a run that ends before that rename has changed nothing.
 */
export function stage(root: string, change: Change): Record {
  const folder = join(root, JOURNAL);
  for (const part of ['', 'old', 'new']) mkdirSync(join(folder, part));
  const entries = change.files.map((file, index) => stageFile(root, folder, file, index));
  const record: Record = {
    version: 1,
    id: randomBytes(6).toString('hex'),
    command: change.command,
    entries,
    madeFolders: missingFolders(root, change.files),
    emptyFolders: change.emptyFolders ?? [],
    takesBack: change.takesBack ?? null,
    ...(change.keeps ? { keeps: true } : {}),
  };
  for (const part of ['old', 'new']) syncFolder(join(folder, part));
  writeDurably(join(folder, `${JOURNAL_RECORD}.part`), Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  renameSync(join(folder, `${JOURNAL_RECORD}.part`), join(folder, JOURNAL_RECORD));
  syncFolder(folder);
  return record;
}

function stageFile(root: string, folder: string, file: PlannedFile, index: number): Entry {
  if (file.before) writeDurably(join(folder, 'old', String(index)), file.before);
  if (file.contents) writeDurably(join(folder, 'new', String(index)), file.contents);
  return {
    path: file.path,
    before: file.before ? sha256(file.before) : null,
    after: file.contents ? sha256(file.contents) : null,
    mode: file.before ? lstatSync(join(root, file.path)).mode & 0o7777 : null,
  };
}

function missingFolders(root: string, files: readonly PlannedFile[]): string[] {
  const folders = files.filter((file) => file.contents).flatMap((file) => foldersOf(file.path));
  return [...new Set(folders)].sort().filter((folder) => !existsSync(join(root, folder)));
}

/** The record of a journal or of a change that can be taken back; `undefined` when there is none. */
export function readRecord(folder: string): Record | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, JOURNAL_RECORD), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const record = parse(text);
  if (!record)
    throw new WorkError(
      'ERR_JOURNAL',
      `${join(folder, JOURNAL_RECORD)} cannot be read: delete ${folder} and run this again`,
    );
  return record;
}

/** A project may come from anywhere, its journal too: every path in it is checked as if it had been typed. */
function parse(text: string): Record | undefined {
  try {
    const record = JSON.parse(text) as Record;
    if (record.version !== 1 || !/^[0-9a-f]{12}$/.test(record.id)) return undefined;
    for (const path of [...record.entries.map((e) => e.path), ...record.madeFolders, ...record.emptyFolders])
      partsOf(path);
    return record.takesBack === null || /^\d+$/.test(record.takesBack) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
