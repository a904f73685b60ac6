import {
  closeSync,
  constants,
  fchmodSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { SEGMENT_FOLDER } from '../../segment/segment.js';
import { livePids } from './participants.js';
import { largeValuePath, parseQueueFileName } from './queue-name.js';
import { UnitState } from './state-word.js';
import type { Store } from './store.js';
import { largeFileOf } from './take.js';
import { unitState } from './units.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

let lastNumber = 0;

/**
 * Writes a value that is too large for the units to a file of its own; returns the number it has among this process's.
 * Written, not mapped, so a full /dev/shm is an error of the call.
 */
export function writeLargeValue(queue: string, bytes: Buffer): number {
  for (;;) {
    // It has 32 bits in a unit; what still has a number of the round before is passed by.
    lastNumber = (lastNumber + 1) >>> 0;
    const path = largeValuePath(queue, process.pid, lastNumber);
    const fd = openNew(path);
    // Left by an earlier process with our pid, perhaps still in use.
    if (fd === undefined) continue;
    try {
      fchmodSync(fd, 0o600);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      failpoint('queue.large-value-written');
      return lastNumber;
    } catch (error) {
      rmSync(path, { force: true });
      throw outOfMemory(queue, bytes.length, error);
    } finally {
      closeSync(fd);
    }
  }
}

function openNew(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw outOfMemory(path, 0, error);
  }
}

function outOfMemory(queue: string, lengthBytes: number, cause: unknown): MprocError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new MprocError(
    'ERR_MEMORY_FULL',
    `queue ${queue}: a value of ${lengthBytes} bytes could not be stored in ${SEGMENT_FOLDER}: ${reason}. Free some`,
    { cause },
  );
}

/** `undefined` when the file is gone or not a plain file. */
export function readLargeValue(path: string): Buffer | undefined {
  try {
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

/**
 * Removes the files that dead processes made and no value refers to: they died before they could publish it, or
 * before they could remove the file of one that was freed.
 */
export function removeOrphans({ memory }: Store): void {
  const alive = new Set(livePids(memory));
  const suspects = largeValueFiles(memory.name).filter(({ pid }) => !alive.has(pid));
  if (suspects.length === 0) return;
  const used = new Set<string>();
  for (let unit = 0; unit < memory.unitCount; unit += 1) {
    const file = unitState(memory, unit) <= UnitState.Continuation ? undefined : largeFileOf(memory, unit);
    if (file !== undefined) used.add(file);
  }
  removeFiles(suspects.map(({ path }) => path).filter((path) => !used.has(path)));
}

/** The files of large values of a queue, with who made them. */
export function largeValueFiles(queue: string): { path: string; pid: number }[] {
  return readdirSync(SEGMENT_FOLDER).flatMap((fileName) => {
    const parsed = parseQueueFileName(fileName);
    if (parsed?.kind !== 'large-value' || parsed.queue !== queue) return [];
    return [{ path: `${SEGMENT_FOLDER}/${fileName}`, pid: parsed.pid }];
  });
}
