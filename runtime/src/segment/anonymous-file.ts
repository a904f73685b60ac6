import { constants, ftruncateSync } from 'node:fs';
import { MprocError } from '../errors/errors.js';
import { systemError } from '../errors/system-error.js';
import { usableMemoryBytes } from '../limits/limits.js';
import { libc, systemFlags } from './libc.js';
import { folderSpace, isUnusable, problemOfFolder, SEGMENT_FOLDER } from './shared-folder.js';

const OWNER_ONLY = 0o600;
/** Linux's O_TMPFILE: a file that never has a name, so that not even a kill in this instant leaves one behind. */
const ANONYMOUS = constants.O_RDWR | 0o20000000 | constants.O_DIRECTORY;
/** These tell of this process or the whole machine: memory apart from the folder is no way out of them. */
const NOT_OF_THE_FOLDER = ['EMFILE', 'ENFILE', 'ENOMEM'];
/** The folder has no room left for this user. */
const FULL = ['ENOSPC', 'EDQUOT'];

/**
 * A file of shared memory without a name, on Linux. In the folder of shared memory, so that its size bounds what programs
 * take; where that is missing, read-only, another user's, or a folder on a disk, apart from it.
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`
 */
export function createAnonymous(): number {
  if (folderSpace()?.isMemory === false) return createApart('EOPNOTSUPP');
  const fd = libc().open(SEGMENT_FOLDER, ANONYMOUS | systemFlags().O_CLOEXEC, OWNER_ONLY);
  if (fd >= 0) return fd;
  const reason = libc().errorName(libc().errno());
  if (NOT_OF_THE_FOLDER.includes(reason)) throw noMemory(reason);
  return createApart(reason);
}

/**
 * The same apart from the folder: what it holds counts as memory of the processes that fill it, and nothing else bounds it.
 * @param reason why it is not in the folder: name of the system's error
 * @param lengthBytes what it is for, where that is known
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`
 */
export function createApart(reason: string, lengthBytes?: number): number {
  const made = libc().memoryFile('mproc');
  if (typeof made === 'number') return made;
  throw noMemory(reason, { lengthBytes, apart: made });
}

/**
 * The same with so many bytes.
 * @param reservedBytes how many of them are taken now; the others are asked for soon, and are likely to be there
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
 */
export function createAnonymousOf(lengthBytes: number, reservedBytes: number): number {
  const space = folderSpace();
  const isInFolder = space !== undefined && space.freeBytes >= lengthBytes;
  // Nothing bounds memory apart from the folder: to take more than the machine has ends other programs.
  if (!isInFolder && lengthBytes > usableMemoryBytes())
    throw noMemory('ENOSPC', { lengthBytes, apart: 'ENOMEM' });
  if (space === undefined || isInFolder) {
    const fd = createAnonymous();
    const failure = takePages(fd, lengthBytes, reservedBytes);
    if (failure === undefined) return fd;
    if (!FULL.includes(failure)) throw noMemory(failure, { lengthBytes });
  }
  const fd = createApart('ENOSPC', lengthBytes);
  const failure = takePages(fd, lengthBytes, reservedBytes);
  if (failure === undefined) return fd;
  throw noMemory(failure, { lengthBytes });
}

/** @returns name of the system's error when that fails; the file is closed then. @throws MprocError `ERR_SYSTEM` */
function takePages(fd: number, lengthBytes: number, reservedBytes: number): string | undefined {
  try {
    // A umask can take the owner's own rights away.
    libc().setMode(fd, OWNER_ONLY);
    const failure = libc().reserve(fd, 0, reservedBytes);
    if (failure === 0) {
      if (reservedBytes < lengthBytes) ftruncateSync(fd, lengthBytes);
      return undefined;
    }
    libc().close(fd);
    return libc().errorName(failure);
  } catch (error) {
    libc().close(fd);
    throw systemError(`${lengthBytes} bytes of shared memory could not be made`, error);
  }
}

/**
 * @param reason name of the system's error
 * @param more how much was asked for, and why it is not had apart from the folder
 */
export function noMemory(
  reason: string,
  { lengthBytes, apart }: { lengthBytes?: number | undefined; apart?: string } = {},
): MprocError {
  const what = lengthBytes === undefined ? 'shared memory' : `${lengthBytes} bytes of shared memory`;
  const { totalBytes = Number.POSITIVE_INFINITY } = folderSpace() ?? {};
  const isNever = isUnusable(reason) || (lengthBytes !== undefined && lengthBytes > totalBytes);
  return new MprocError(
    isNever ? 'ERR_PLATFORM' : 'ERR_MEMORY_FULL',
    `${what} could not be had: ${problemOfFolder(reason, apart)}`,
  );
}
