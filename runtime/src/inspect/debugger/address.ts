import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { delay } from '../../clock/timers.js';
import { libc, loadLibrary } from '../../segment/libc.js';
import { catches, lookAt, readOrNothing } from '../proc.js';
import { MOST_WAITING_MS } from '../waited-ms.js';
import { LISTENING_LINE } from './listening-line.js';
import { giveUp, read } from './request.js';
import { SIGUSR1 } from './signal.js';
import { takeTurn } from './turns.js';
import { waitedByLookMs } from './waited-by-look.js';

const LOOK_MS = 2;
/** How long a debugger that is being closed may be seen, in milliseconds. */
const CLOSING_MS = 300;
const PIPE_BYTES = 64 * 1024;
const SPLICE_F_NONBLOCK = 2;

/** What is said of a process that does not hear, whose thread is not in JavaScript. */
export const SILENT = 'it does not answer: it is in native code, or waits for the system';

/** An opened debugger of a child of a pool. */
export interface OpenDebugger {
  readonly address: string;
  /** The debugger was closed. */
  done(): void;
}

/**
 * Has a child of a pool open its debugger. Its address goes to the child's stderr, from where its parent hands it on; where
 * the parent is blocked, it is read out of the pipe, in which it stays for the parent.
 * @throws Error saying in a few words why that cannot be
 */
export async function openDebugger(pid: number, withinMs: number): Promise<OpenDebugger> {
  mustHear(pid);
  const pipe = StderrPipe.open(pid);
  try {
    // Told to one who was killed, and has not closed the debugger.
    let left: string | undefined;
    if (hasOwnFlags(pid)) throw openForOther();
    await takeTurn(pid, (before) => {
      left = isListening(pid) ? before?.addresses.at(-1) : undefined;
      return (pipe?.addresses().length ?? 0) + (left === undefined ? 1 : 0);
    });
    const done = () => giveUp(pid);
    if (left !== undefined) return { address: left, done };
    if (await staysOpen(pid)) {
      // It has not been asked, and tells no address.
      giveUp(pid, 1);
      throw openForOther();
    }
    try {
      return { address: await openNow(pid, pipe, withinMs), done };
    } catch (error) {
      done();
      throw error;
    }
  } finally {
    pipe?.close();
  }
}

/** @throws Error */
function mustHear(pid: number): void {
  const state = lookAt(pid)?.state;
  if (state === undefined) throw new Error('there is no such process');
  if (state === 'T' || state === 't') throw new Error('it is stopped; SIGCONT has it go on');
  if (!catches(pid, SIGUSR1)) throw new Error(whyDeaf(pid));
}

function openForOther(): Error {
  return new Error(
    'its debugger is open for somebody else: connect to that, or start the program without --inspect',
  );
}

async function openNow(pid: number, pipe: StderrPipe | undefined, withinMs: number): Promise<string> {
  const known = pipe?.addresses() ?? [];
  process.kill(pid, SIGUSR1);
  const until = monotonicMs() + withinMs;
  const waitedBefore = waitedByLookMs(pid);
  // A machine that is busy is not the process's fault.
  const hasTime = () => monotonicMs() < until + Math.min(waitedByLookMs(pid) - waitedBefore, MOST_WAITING_MS);
  while (hasTime() && lookAt(pid) !== undefined) {
    await delay(LOOK_MS);
    const told = [...(read(pid)?.addresses ?? []), ...(pipe?.addresses() ?? [])];
    const address = told.find((one) => !known.includes(one));
    if (address !== undefined) return address;
  }
  throw new Error(SILENT);
}

/** One who has looked has closed the connection; the process closes its debugger a moment later. */
async function staysOpen(pid: number): Promise<boolean> {
  const until = monotonicMs() + CLOSING_MS;
  while (isListening(pid)) {
    if (monotonicMs() > until) return true;
    await delay(LOOK_MS);
  }
  return false;
}

function whyDeaf(pid: number): string {
  const environment = readOrNothing(`/proc/${pid}/environ`) ?? '';
  const flags = `${readOrNothing(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ')} ${environment}`;
  if (flags.includes('--disable-sigusr1'))
    return 'it runs with --disable-sigusr1, which keeps its debugger closed';
  if (/--(experimental-)?permission\b/.test(flags))
    return 'it runs under the permission model, which keeps its debugger closed; --allow-inspector opens it where Node.js has that';
  return 'it does not listen for SIGUSR1: --disable-sigusr1 or the permission model keeps its debugger closed, or it has just been started, or is about to end';
}

/** Flags for a debugger, for all that the program starts. */
function hasOwnFlags(pid: number): boolean {
  return /(^|\0)NODE_OPTIONS=[^\0]*--inspect/.test(readOrNothing(`/proc/${pid}/environ`) ?? '');
}

/** Does it listen on this machine's own address, as a debugger does? */
export function isListening(pid: number): boolean {
  const sockets = new Set<string>();
  for (let fd = 0; fd < 64; fd += 1) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  const LISTEN = '0A';
  const lines = (readOrNothing(`/proc/${pid}/net/tcp`) ?? '').split('\n').slice(1);
  return lines.some((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === LISTEN && local.startsWith('0100007F:') && sockets.has(inode);
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** What a process has written to its stderr and nobody has read: looked at, and left where it is. */
class StderrPipe {
  readonly #tee: (from: number, to: number, lengthBytes: number, flags: number) => number;

  private constructor(readonly fd: number) {
    this.#tee = loadLibrary().lib.func(
      'long tee(int from, int to, size_t length, unsigned int flags)',
    ) as never;
  }

  /** `undefined` where it is no pipe, or not this user's. */
  static open(pid: number): StderrPipe | undefined {
    const path = `/proc/${pid}/fd/2`;
    if (!linkOf(path).startsWith('pipe:')) return undefined;
    try {
      return new StderrPipe(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    } catch {
      return undefined;
    }
  }

  /** Of debuggers that were opened. */
  addresses(): string[] {
    const [from, to] = libc().pipe();
    try {
      const lengthBytes = Number(this.#tee(this.fd, to, PIPE_BYTES, SPLICE_F_NONBLOCK));
      if (lengthBytes <= 0) return [];
      const bytes = Buffer.alloc(lengthBytes);
      const text = bytes.toString('latin1', 0, readSync(from, bytes));
      return [...text.matchAll(LISTENING_LINE)].map(([, address = '']) => address);
    } finally {
      for (const fd of [from, to]) libc().close(fd);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
