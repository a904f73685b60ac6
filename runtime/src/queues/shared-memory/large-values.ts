import { constants as bufferConstants } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { MprocError, ValueError } from '../../errors/errors.js';
import { errnoOf, saysGone, systemError } from '../../errors/system-error.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { libc } from '../../segment/libc.js';
import {
  folderSpace,
  isFolderOpen,
  isUnusable,
  problemOfFolder,
  SEGMENT_FOLDER,
  wayOut,
} from '../../segment/shared-folder.js';
import { cellState } from './cells.js';
import { largeFileOf } from './copy-record.js';
import type { LockedQueue } from './locked-queue.js';
import { livePids } from './participants.js';
import { largeValuePath, parseQueueFileName } from './queue-name.js';
import { CellState } from './state-word.js';

const { O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

let lastNumber = 0;

/**
 * Writes a value that is too large for the cells to a file of its own; returns the number it has among this process's.
 * Written, not mapped, so a full /dev/shm is an error of the call.
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`; ValueError for a value that can never have room
 */
export function writeLargeValue(queue: string, bytes: Buffer): number {
  for (;;) {
    // It has 32 bits in a cell; what still has a number of the round before is passed by.
    lastNumber = (lastNumber + 1) >>> 0;
    const path = largeValuePath(queue, process.pid, lastNumber);
    const fd = openNew(path, queue, bytes.length);
    // Left by an earlier process with our pid, perhaps still in use.
    if (fd === undefined) continue;
    try {
      libc().setMode(fd, 0o600);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      failpoint('queue.large-value-written');
      return lastNumber;
    } catch (error) {
      removeFiles([path]);
      throw outOfMemory(queue, bytes.length, error);
    } finally {
      closeQuietly(fd);
    }
  }
}

/** The descriptor is gone whatever the system says, and what was to be written is. */
function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing follows from it.
  }
}

function openNew(path: string, queue: string, lengthBytes: number): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw outOfMemory(queue, lengthBytes, error);
  }
}

function outOfMemory(queue: string, lengthBytes: number, cause: unknown): Error {
  const { totalBytes = Number.POSITIVE_INFINITY } = folderSpace() ?? {};
  if (lengthBytes > totalBytes)
    return new ValueError(
      'value',
      `has ${lengthBytes} bytes, and ${SEGMENT_FOLDER} holds ${totalBytes} in all: queue ${queue} can never store it; ${wayOut()}`,
      { cause },
    );
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new MprocError(
    isUnusable(reason) ? 'ERR_PLATFORM' : 'ERR_MEMORY_FULL',
    `queue ${queue}: a value of ${lengthBytes} bytes could not be stored: ${problemOfFolder(reason)}`,
    { cause },
  );
}

/** These say as surely that no value is there: the path is a link, a folder, a socket, or a device. */
const NO_PLAIN_FILE = ['ELOOP', 'EISDIR', 'ENOTDIR', 'ENXIO', 'ENODEV'];
/** A record is a string, of which a character takes at most three bytes. */
const LARGEST_BYTES = 3 * bufferConstants.MAX_STRING_LENGTH;

function mayHoldValue(file: Stats): boolean {
  return file.isFile() && file.size <= LARGEST_BYTES;
}

/**
 * `undefined` when the file is gone, or nothing that a value was written to.
 * @throws MprocError `ERR_SYSTEM` when it could not be read now, as without a descriptor; it is there as ever
 */
export function readLargeValue(path: string): Buffer | undefined {
  try {
    // To open a pipe must not wait for who writes to it.
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    try {
      return mayHoldValue(fstatSync(fd)) ? readFileSync(fd) : undefined;
    } finally {
      closeQuietly(fd);
    }
  } catch (error) {
    if (saysGone(error) || NO_PLAIN_FILE.includes(errnoOf(error) ?? '')) return undefined;
    throw systemError(`${path} could not be read`, error);
  }
}

/** Files of values that are no more, which could not be removed when it was time. */
const left = new Set<string>();

/** Removes files. What cannot be removed now is tried again with the next ones: what it was removed for is done. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) left.add(path);
  for (const path of left)
    try {
      unlinkSync(path);
      left.delete(path);
    } catch (error) {
      if (saysGone(error)) left.delete(path);
    }
}

/**
 * Removes the files that dead processes made and no value refers to: they died before they could publish it, or
 * before they could remove the file of one that was freed.
 * @returns `false` when the folder could not be read, so that it has to be done again
 */
export function removeOrphans({ segment }: LockedQueue): boolean {
  const alive = new Set(livePids(segment));
  let files: ReturnType<typeof largeValueFiles>;
  try {
    files = largeValueFiles(segment.name);
  } catch {
    return false;
  }
  const suspects = files.filter(({ pid }) => !alive.has(pid));
  if (suspects.length === 0) return true;
  const used = new Set<string>();
  for (let cell = 0; cell < segment.cellCount; cell += 1) {
    const file = cellState(segment, cell) <= CellState.Continuation ? undefined : largeFileOf(segment, cell);
    if (file !== undefined) used.add(file);
  }
  removeFiles(suspects.map(({ path }) => path).filter((path) => !used.has(path)));
  return true;
}

/** The files of large values of a queue, with who made them. @throws MprocError `ERR_SYSTEM` */
export function largeValueFiles(queue: string): { path: string; pid: number }[] {
  return namesInFolder().flatMap((fileName) => {
    const parsed = parseQueueFileName(fileName);
    if (parsed?.kind !== 'large-value' || parsed.queue !== queue) return [];
    return [{ path: `${SEGMENT_FOLDER}/${fileName}`, pid: parsed.maker.pid }];
  });
}

function namesInFolder(): string[] {
  try {
    return readdirSync(SEGMENT_FOLDER);
  } catch (error) {
    // Where no file of ours can be made there is none.
    if (!isFolderOpen()) return [];
    throw systemError(`${SEGMENT_FOLDER} could not be read`, error);
  }
}
