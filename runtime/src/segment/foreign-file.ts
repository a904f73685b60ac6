import { constants, fstatSync, type Stats, statSync } from 'node:fs';
import { MprocError } from '../errors/errors.js';
import { saysGone, systemError } from '../errors/system-error.js';
import { hasExited } from './has-exited.js';
import { libc, systemFlags } from './libc.js';
import { isOfFamily, sender } from './sender.js';
import { SEGMENT_FOLDER } from './shared-folder.js';

const LINUX = process.platform === 'linux';
/** A descriptor of a process on Linux; elsewhere a file of its own: see shareable.ts. */
const PATH = LINUX
  ? /^\/proc\/([1-9]\d{0,9})\/fd\/(?:0|[1-9]\d{0,9})$/
  : /\/mproc-([1-9]\d{0,9})-shared-\d{1,15}$/;

export interface ForeignFile {
  readonly path: string;
  /** Another file under the same number of a descriptor has another. */
  readonly inode: number;
  readonly access: 'read' | 'write';
  /** Whose it may be where a child has told of it: its own alone, or any process's of this family. */
  readonly owner: 'sender' | 'family';
}

let deviceOfFolder: number | undefined;
let deviceApart: number | undefined;

/**
 * Opens shared memory that another process of ours has told of. Nothing else is opened, whatever the path leads to: a
 * device or a pipe might do something, or wait, when it is.
 * @returns the descriptor, which the caller closes; `undefined` when it is gone, or its number stands for something else
 * @throws MprocError `ERR_VALUE_DECODE` for a path that no process of ours would name; `ERR_MEMORY_FULL`, `ERR_SYSTEM`
 */
export function openForeign(file: ForeignFile): number | undefined {
  const { path, owner } = file;
  mustBeOfOwner(path, owner);
  if (!isMeant(statOf(path), file)) return undefined;
  const access = file.access === 'write' ? constants.O_RDWR : constants.O_RDONLY;
  // On Linux the path is a link that leads nowhere but to the open file.
  const noLinks = LINUX ? 0 : constants.O_NOFOLLOW;
  const safely = constants.O_NONBLOCK | constants.O_NOCTTY | noLinks | systemFlags().O_CLOEXEC;
  const fd = libc().open(path, access | safely, 0);
  if (fd < 0) {
    const code = libc().errorName(libc().errno());
    if (isGone({ code }, path)) return undefined;
    throw systemError(`${path} could not be opened`, code);
  }
  let isSame = false;
  try {
    // The descriptor may have been given to another file since.
    isSame = fstatSync(fd).ino === file.inode;
    return isSame ? fd : undefined;
  } catch (error) {
    throw systemError(`${path} could not be looked at`, error);
  } finally {
    if (!isSame) libc().close(fd);
  }
}

function mustBeOfOwner(path: string, owner: ForeignFile['owner']): void {
  const pid = Number(PATH.exec(path)?.[1]);
  const from = sender();
  const isOurs =
    pid > 0 &&
    (LINUX || path.startsWith(`${SEGMENT_FOLDER}/mproc-`)) &&
    (from === undefined || pid === from || (owner === 'family' && isOfFamily(pid)));
  if (!isOurs)
    throw new MprocError(
      'ERR_VALUE_DECODE',
      `${JSON.stringify(path.slice(0, 100))} is not shared memory of the process that told of it`,
    );
}

/** @throws MprocError `ERR_SYSTEM` */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (isGone(error, path)) return undefined;
    throw systemError(`${path} could not be opened`, error);
  }
}

/** What belongs to a process that has ended is refused to all but root, as if it were somebody else's. */
function isGone(error: unknown, path: string): boolean {
  const pid = Number(PATH.exec(path)?.[1]);
  return saysGone(error) || (pid > 0 && hasExited(pid));
}

function isMeant(found: Stats | undefined, file: ForeignFile): boolean {
  if (found === undefined || !found.isFile() || found.ino !== file.inode) return false;
  const user = process.geteuid?.();
  const hasName = found.nlink > 0;
  return (found.uid === user || user === 0) && hasName !== LINUX && isMemory(found.dev);
}

/** Is it the folder of shared memory, or what Linux has for memory apart from it? */
function isMemory(device: number): boolean {
  deviceOfFolder ??= statOf(SEGMENT_FOLDER)?.dev;
  if (device === deviceOfFolder) return true;
  deviceApart ??= deviceOfMemoryFiles();
  return device === deviceApart;
}

/** One for all of them. @throws MprocError `ERR_SYSTEM` */
function deviceOfMemoryFiles(): number | undefined {
  const fd = libc().memoryFile('mproc');
  if (typeof fd === 'string') return undefined;
  try {
    return fstatSync(fd).dev;
  } catch (error) {
    throw systemError('shared memory could not be looked at', error);
  } finally {
    libc().close(fd);
  }
}
