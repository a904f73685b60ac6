import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { errnoOf } from '../../errors/system-error.js';
import { pidExists } from '../../queues/shared-memory/process-identity.js';
import { SEGMENT_FOLDER } from '../../segment/shared-folder.js';
import { lookAt } from '../proc.js';

/**
 * A request to look into a process by its debugger. The process tells the address on its stderr, which its parent reads: by
 * this file the parent knows that the address is not for the program's user, and hands it on.
 *
 * First line: who asks, and how many addresses the parent has not read before the file may go. Further lines, by the parent:
 * the addresses.
 */
const PREFIX = `${SEGMENT_FOLDER}/mproc-debug-`;
const LONGEST_BYTES = 1_024;

function pathFor(pid: number): string {
  return `${PREFIX}${pid}`;
}

/** The process that a file of this kind is about; `undefined` for other files. */
export function debuggedPid(fileName: string): number | undefined {
  const [, pid] = /^mproc-debug-(\d+)(?:-\d+)?$/.exec(fileName) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** The asker of a request that nobody waits for any more. */
const NOBODY = 0;

/**
 * Says that this process asks; nobody else has asked, or who has is gone.
 * @param expected addresses that the parent will read, with the one that is asked for: one that is blocked has read none
 * @returns whether it is this process now
 * @throws Error naming the file where something lies in its place that is not this user's
 */
export function request(pid: number, expected: number): boolean {
  // It is whole from the first moment: whoever read an empty one would take it for nobody's.
  const made = `${pathFor(pid)}-${process.pid}`;
  try {
    // Never through what somebody else has put in its place.
    writeFileSync(made, `${process.pid} ${expected}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(made, pathFor(pid));
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    mustBeRequest(pid);
    return false;
  } finally {
    rmSync(made, { force: true });
  }
}

/** Who asks is waited for; what nobody here can take away would be waited for without end. */
function mustBeRequest(pid: number): void {
  const path = pathFor(pid);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.isFile() && found.uid === process.geteuid?.())) return;
  throw new Error(
    `${path}, of the user with id ${found.uid}, is in the way: it is no request of this user's`,
  );
}

export interface Request {
  /** The process that waits for the address; `undefined` where none does, or it is dead. */
  readonly asker: number | undefined;
  /** How many addresses the parent has yet to read. */
  readonly unread: number;
  /** What it has read, the newest last. */
  readonly addresses: readonly string[];
}

/** `undefined` where nobody asks, or it is no file of this user's. */
export function read(pid: number): Request | undefined {
  const fd = openOwn(pid, constants.O_RDONLY);
  if (fd === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(LONGEST_BYTES);
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
    const [first = '', ...lines] = text.split('\n');
    const [asker = NOBODY, expected = 1] = first.split(' ').map(Number);
    const isAlive = Number.isSafeInteger(asker) && asker > NOBODY && pidExists(asker);
    const addresses = lines.filter(Boolean);
    return { asker: isAlive ? asker : undefined, unread: expected - addresses.length, addresses };
  } finally {
    closeSync(fd);
  }
}

/** Parent: the process has told its address. @returns whether somebody has asked for it; the asker may be dead by now */
export function answer(pid: number, address: string): 'nobody' | 'handed-on' | 'too-late' {
  const found = read(pid);
  if (found === undefined) return 'nobody';
  const fd = openOwn(pid, constants.O_WRONLY | constants.O_APPEND);
  if (fd === undefined) return 'too-late';
  writeAndClose(fd, `${address}\n`);
  if (found.asker !== undefined) return 'handed-on';
  if (found.unread <= 1) withdraw(pid);
  return 'too-late';
}

/**
 * Says that this process waits no more. What the parent has not read yet it may take for the address of a debugger that the
 * user has opened: until it has, the request stays.
 * @param untold of the addresses that it was to read, those that are not told after all
 */
export function giveUp(pid: number, untold = 0): void {
  const unread = (read(pid)?.unread ?? 0) - untold;
  if (unread <= 0 || lookAt(pid) === undefined) return withdraw(pid);
  const fd = openOwn(pid, constants.O_WRONLY | constants.O_TRUNC);
  if (fd !== undefined) writeAndClose(fd, `${NOBODY} ${unread}\n`);
}

export function withdraw(pid: number): void {
  rmSync(pathFor(pid), { force: true });
}

function openOwn(pid: number, access: number): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(pathFor(pid), access | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { uid } = fstatSync(fd);
    if (uid === process.geteuid?.()) return fd;
  } catch {
    return undefined;
  }
  closeSync(fd);
  return undefined;
}

function writeAndClose(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
