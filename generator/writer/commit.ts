import { existsSync, lstatSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, UsageError, WorkError } from '../output/failure.js';
import { rollBack, rollForward } from './apply.js';
import { attempt, makeFolders, syncFolder } from './durable.js';
import { type Change, JOURNAL_RECORD, type Record, readRecord, stage } from './journal.js';
import { sweepTickets, underLock } from './lock.js';
import { JOURNAL, LOCK, STATE_FOLDER, TRASH, UNDO } from './places.js';

const UNDO_LEVELS = 20;

/** Whether an earlier run was interrupted and has to be finished or taken back before anything else. */
export function needsRecovery(root: string): boolean {
  return existsSync(join(root, JOURNAL));
}

/**
 * Runs an action that may change the project while no other run does, after finishing what an interrupted run left.
 * The action gets a function that writes a change, all of it or nothing.
 */
export function changing<T>(
  root: string,
  action: (write: (change: Change) => void) => T,
  warn: (line: string) => void,
): T {
  refuseLinkedState(root);
  try {
    return underLock(join(root, LOCK), () => {
      recover(root, warn);
      return action((change) => commit(root, change));
    });
  } catch (error) {
    throw error instanceof Failure ? error : notWritten(error);
  }
}

function refuseLinkedState(root: string): void {
  for (const place of [STATE_FOLDER, JOURNAL, UNDO]) {
    const status = lstatSync(join(root, place), { throwIfNoEntry: false });
    if (status && !status.isDirectory())
      throw new UsageError(
        'ERR_LINK',
        `${place} is not a folder but a link or a file: remove it and run this again`,
      );
  }
}

function commit(root: string, change: Change): void {
  const journal = join(root, JOURNAL);
  let record: Record;
  try {
    record = stage(root, change);
  } catch (error) {
    if (!existsSync(join(journal, JOURNAL_RECORD))) {
      attempt(() => discard(root, JOURNAL));
      throw notWritten(error);
    }
    // Only the wait for the disk failed; taking it back is as sure as going on, and says what happened.
    throw undone(root, error);
  }
  try {
    rollForward(root, journal, record);
  } catch (error) {
    throw undone(root, error);
  }
  // The files are as they should be; if the record cannot be moved now, the next run moves it.
  attempt(() => finish(root, record));
}

function undone(root: string, cause: unknown): WorkError {
  try {
    const record = readRecord(join(root, JOURNAL));
    if (record) rollBack(root, join(root, JOURNAL), record);
    discard(root, JOURNAL);
  } catch (error) {
    return new WorkError(
      'ERR_HALF_WRITTEN',
      `the change was interrupted (${messageOf(cause)}) and could not be taken back (${messageOf(error)}); the next run finishes it`,
      { cause },
    );
  }
  return notWritten(cause);
}

function notWritten(cause: unknown): WorkError {
  return new WorkError('ERR_WRITE', `nothing was written: ${messageOf(cause)}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Finishes a change that counts as made, or forgets one that does not. */
function recover(root: string, warn: (line: string) => void): void {
  for (const name of readdirSync(join(root, STATE_FOLDER)))
    if (`${STATE_FOLDER}/${name}`.startsWith(TRASH))
      rmSync(join(root, STATE_FOLDER, name), { recursive: true, force: true });
  sweepTickets(join(root, LOCK));
  if (!needsRecovery(root)) return;
  const journal = join(root, JOURNAL);
  const record = readRecord(journal);
  if (!record) {
    discard(root, JOURNAL);
    warn('an earlier run was interrupted before it changed anything');
    return;
  }
  const foreign = rollForward(root, journal, record);
  finish(root, record);
  warn(`finished \`${record.command}\`, which had been interrupted`);
  for (const path of foreign) warn(`${path} was changed since and left as it is`);
}

/** Ends a change: from here on it can be taken back. If it took one back, that one is gone, and it only stays to keep what somebody had changed. */
function finish(root: string, record: Record): void {
  const undo = join(root, UNDO);
  if (record.takesBack !== null) {
    if (existsSync(join(undo, record.takesBack))) discard(root, `${UNDO}/${record.takesBack}`);
    if (record.keeps !== true) {
      discard(root, JOURNAL);
      attempt(() => rmdirSync(undo));
      return;
    }
  }
  makeFolders(undo);
  const numbers = undoNumbers(root);
  renameSync(join(root, JOURNAL), join(undo, String((numbers.at(-1) ?? 0) + 1)));
  syncFolder(undo);
  for (const old of numbers.slice(0, -(UNDO_LEVELS - 1))) attempt(() => discard(root, `${UNDO}/${old}`));
}

/** The changes that can be taken back, oldest first. */
export function undoNumbers(root: string): number[] {
  if (!existsSync(join(root, UNDO))) return [];
  return readdirSync(join(root, UNDO))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Deletes a folder of ours by a rename, so that nobody meets it half deleted. */
function discard(root: string, place: string): void {
  const folder = join(root, place);
  if (!existsSync(folder)) return;
  const trash = join(root, `${TRASH}-${process.pid}-${process.hrtime.bigint()}`);
  renameSync(folder, trash);
  attempt(() => rmSync(trash, { recursive: true, force: true }));
}
