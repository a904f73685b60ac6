import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { errnoOf, lackOf } from '../errors/system-error.js';

/** Where shared memory files live: memory on Linux, the temporary folder elsewhere. */
export const SEGMENT_FOLDER = process.platform === 'linux' ? '/dev/shm' : tmpdir();

/** What `statfs` calls the file systems that are memory: tmpfs and ramfs. */
const MEMORY_TYPES = [0x0102_1994, 0x8584_58f6];
const MIB = 1024 * 1024;

export interface FolderSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Is it memory, and no folder on a disk? */
  readonly isMemory: boolean;
}

/** `undefined` where the system does not tell, as where there is no such folder. */
export function folderSpace(): FolderSpace | undefined {
  try {
    const { bavail, blocks, bsize, type } = statfsSync(SEGMENT_FOLDER);
    return {
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      isMemory: process.platform !== 'linux' || MEMORY_TYPES.includes(type),
    };
  } catch {
    return undefined;
  }
}

/** These say what the folder is, and that no file can be made there, now or later. */
const NEVER = ['ENOENT', 'ENOTDIR', 'EROFS', 'EACCES', 'EPERM'];

/** Is there nothing to be had there, now or later? @param reason name of the system's error */
export function isUnusable(reason: string): boolean {
  return NEVER.includes(reason);
}

/** Can files of this process be there, as far as it is known? */
export function isFolderOpen(): boolean {
  try {
    accessSync(SEGMENT_FOLDER, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    return !isUnusable(errnoOf(error) ?? '');
  }
}

/**
 * Why nothing more can be had there, and what to do about it, for a message.
 * @param reason name of the system's error
 * @param apart the same of memory apart from the folder, where that was refused, too
 */
export function problemOfFolder(reason: string, apart?: string): string {
  const also = apart === undefined ? '' : `, and memory apart from it is refused: ${apart}`;
  return `${reason}, ${stateOfFolder(reason)}${also}; ${wayOut(reason)}`;
}

function stateOfFolder(reason: string): string {
  switch (reason) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no folder ${SEGMENT_FOLDER}`;
    case 'EROFS':
      return `${SEGMENT_FOLDER} is read-only`;
    case 'EACCES':
    case 'EPERM':
      return `${SEGMENT_FOLDER} is not open to this user${ownerOfFolder()}`;
    case 'ENOSPC':
    case 'EDQUOT':
      return spaceOfFolder();
    default:
      return lackOf(reason) ?? `in ${SEGMENT_FOLDER}`;
  }
}

/** For the end of a message. @param reason name of the system's error; without it there is just too little */
export function wayOut(reason?: string): string {
  if (process.platform !== 'linux') return 'free some, or ask for less';
  if (reason !== undefined && isUnusable(reason))
    return 'a container has one of its own with --shm-size, or with a tmpfs mounted there';
  return 'free some, ask for less, or give it more: in a container by --shm-size';
}

function ownerOfFolder(): string {
  try {
    const { uid, mode } = statSync(SEGMENT_FOLDER);
    return `: it belongs to user ${uid} and has mode ${(mode & 0o7777).toString(8)}`;
  } catch {
    return '';
  }
}

function spaceOfFolder(): string {
  const space = folderSpace();
  if (space === undefined) return `in ${SEGMENT_FOLDER}`;
  return `${SEGMENT_FOLDER} has ${toMib(space.totalBytes)} MiB, of which ${toMib(space.freeBytes)} are free`;
}

function toMib(bytes: number): number {
  return Math.round((10 * bytes) / MIB) / 10;
}
