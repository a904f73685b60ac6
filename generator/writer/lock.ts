import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { WorkError } from '../output/failure.js';
import { attempt, makeFolders, writeDurably } from './durable.js';
import { isAlive, type Owner, thisProcess } from './owner.js';

interface Ticket extends Owner {
  /** Never used twice, so that a lock can be told from a later one of the same file. */
  readonly token: string;
}

const POLL_MS = 25;

/**
 * Runs one action at a time per file, over all processes. A lock whose owner died is taken over.
 * @param waitMs how long another run is waited for
 */
export function underLock<T>(file: string, action: () => T, waitMs = 60_000): T {
  const release = acquire(file, Date.now() + waitMs);
  try {
    return action();
  } finally {
    release();
  }
}

function acquire(file: string, deadline: number): () => void {
  const ticket: Ticket = { ...thisProcess(), token: randomBytes(8).toString('hex') };
  for (;;) {
    if (take(file, ticket)) return () => release(file);
    const holder = read(file);
    if (!holder) continue;
    if (!isAlive(holder)) evict(file, holder, deadline);
    else if (Date.now() > deadline)
      throw new WorkError(
        'ERR_BUSY',
        `process ${holder.pid} on ${holder.host} is changing this project: wait for it and run this again, or delete ${file} if it is gone`,
      );
    else sleep(POLL_MS);
  }
}

/** The file appears with its text in it, by one link: nobody sees half a lock. */
function take(file: string, ticket: Ticket): boolean {
  const own = `${file}-${ticket.pid}-${ticket.started}-${ticket.token}`;
  makeFolders(dirname(file));
  try {
    writeDurably(own, Buffer.from(JSON.stringify(ticket)));
    linkSync(own, file);
    return true;
  } catch (error) {
    // ENOENT: the run before us has just removed the folder it had made.
    if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  } finally {
    attempt(() => rmSync(own, { force: true }));
  }
}

/**
 * Removes the lock of a dead owner. Two runs must not both do so, as the second would remove the lock of the first;
 * so the right to it is a lock of its own, named after the dead one's token, and who has it looks again.
 */
function evict(file: string, dead: Ticket, deadline: number): void {
  const release = acquire(`${file}-${dead.token}-evict`, deadline);
  try {
    if (read(file)?.token === dead.token) rmSync(file, { force: true });
  } finally {
    release();
  }
}

function release(file: string): void {
  attempt(() => rmSync(file, { force: true }));
  // Only an empty folder goes: it was made for the lock alone.
  attempt(() => rmdirSync(dirname(file)));
}

/** Removes what dead runs left beside a lock that the caller holds. */
export function sweepTickets(file: string): void {
  for (const name of readdirSync(dirname(file))) {
    const match = new RegExp(`^${basename(file)}-(?:.+-)?(\\d+)-(\\d+)-[0-9a-f]{16}$`).exec(name);
    const path = join(dirname(file), name);
    if (match && !isAlive({ host: hostname(), pid: Number(match[1]), started: Number(match[2]) }))
      rmSync(path);
    if (!name.startsWith(`${basename(file)}-`) || !name.endsWith('-evict')) continue;
    const holder = read(path);
    // Whoever still waits for it finds a lock with another token, and leaves that alone.
    if (holder && !isAlive(holder)) rmSync(path, { force: true });
  }
}

function read(file: string): Ticket | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ticket;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError)
      throw new WorkError('ERR_BUSY', `${file} is no lock of ours; delete it and run again`);
    throw error;
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
