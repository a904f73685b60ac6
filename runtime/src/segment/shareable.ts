import { readlinkSync, unlinkSync } from 'node:fs';
import { MprocError } from '../errors/errors.js';
import { saysGone } from '../errors/system-error.js';
import { createAnonymous, createAnonymousOf, createApart, noMemory } from './anonymous-file.js';
import { libc } from './libc.js';
import { createNamed, Segment } from './segment.js';
import { SEGMENT_FOLDER } from './shared-folder.js';

/**
 * A segment that other processes of ours can open by a path while this process has it.
 * On Linux the path is this process's descriptor, so that there is no file to leave behind; elsewhere it is a file.
 */
export interface Shareable {
  readonly segment: Segment;
  readonly path: string;
}

const LINUX = process.platform === 'linux';
let made = 0;
let isProcKnown = false;

/** @throws MprocError `ERR_PLATFORM` where others cannot find this process's descriptors, as in a container without /proc */
function mustHaveProc(): void {
  if (isProcKnown) return;
  isProcKnown = isOwnProc();
  if (!isProcKnown)
    throw new MprocError(
      'ERR_PLATFORM',
      'large values and shared arrays need the /proc of this process, and another one, or none, is mounted here; mount it',
    );
}

/** That of the host, mounted in a container, calls this process by another number. */
function isOwnProc(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch (error) {
    // Not to be allowed to look says nothing.
    return !saysGone(error);
  }
}

/** @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM` */
export function createShareable(lengthBytes: number): Shareable {
  if (LINUX) {
    mustHaveProc();
    const segment = Segment.createUnlinked(lengthBytes);
    return { segment, path: pathOfDescriptor(segment.fd)! };
  }
  for (;;) {
    const path = nextPath();
    const segment = Segment.createAt(path, lengthBytes);
    if (segment !== undefined) return { segment, path };
  }
}

/**
 * The same as an empty file, which nothing is mapped of or reserved for.
 * @param apartFor so many bytes, for which the folder of shared memory has no room, where there is other memory
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`
 */
export function createShareableFile(apartFor?: number): { readonly fd: number; readonly path: string } {
  if (LINUX) {
    mustHaveProc();
    const fd = apartFor === undefined ? createAnonymous() : createApart('ENOSPC', apartFor);
    return { fd, path: pathOfDescriptor(fd)! };
  }
  for (;;) {
    const path = nextPath();
    const fd = createNamed(path);
    if (fd !== undefined) return { fd, path };
  }
}

/**
 * The same as a file with so many bytes, all of which are there.
 * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
 */
export function createShareableOf(lengthBytes: number): { readonly fd: number; readonly path: string } {
  if (LINUX) {
    mustHaveProc();
    const fd = createAnonymousOf(lengthBytes, lengthBytes);
    return { fd, path: pathOfDescriptor(fd)! };
  }
  const file = createShareableFile();
  const failure = libc().reserve(file.fd, 0, lengthBytes);
  if (failure === 0) return file;
  libc().close(file.fd);
  withdrawPath(file.path);
  throw noMemory(libc().errorName(failure), { lengthBytes });
}

/** Where others find what this process has opened; `undefined` where a file has a path of its own. */
export function pathOfDescriptor(fd: number): string | undefined {
  return LINUX ? `/proc/${process.pid}/fd/${fd}` : undefined;
}

/** As `mproc clean` knows them. One that is taken was left by an earlier process with our pid. */
function nextPath(): string {
  made += 1;
  return `${SEGMENT_FOLDER}/mproc-${process.pid}-shared-${made}`;
}

/** Nobody else will open it: where the path is a file, it goes. */
export function withdrawPath(path: string): void {
  if (LINUX) return;
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
