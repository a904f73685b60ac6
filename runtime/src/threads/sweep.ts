import { fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { livenessOf } from '../queues/shared-memory/process-identity.js';
import { libc } from '../segment/libc.js';
import { childStat } from './child-stat.js';
import {
  CLAIM_WORD,
  ENTRY_NUMBERS,
  EntryKind,
  LEDGER_HEADER,
  LEDGER_LINK,
  LEDGER_MAGIC,
  type LedgerMemory,
  mapLedgerMemory,
  reap,
} from './ledger-memory.js';

/**
 * Gives back what terminated threads of this process have left: reaps their children, unmaps their shared memory, closes
 * their descriptors. Any thread may do it, at any time.
 * @param own the ledger of this thread
 * @returns whether something is left, because a child has still to end
 */
export function sweepDeadThreads(own: number | undefined): boolean {
  let isMoreLeft = false;
  for (const fd of ledgers()) if (fd !== own && sweepLedger(fd)) isMoreLeft = true;
  return isMoreLeft;
}

function ledgers(): number[] {
  try {
    return readdirSync('/proc/self/fd').filter(isLedger).map(Number);
  } catch {
    // No descriptor is left to look with: another time.
    return [];
  }
}

function isLedger(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === LEDGER_LINK;
  } catch {
    return false;
  }
}

function sweepLedger(fd: number): boolean {
  const ledger = mapLedgerMemory(fd);
  if (ledger === undefined) return false;
  try {
    if (!isOfDeadThread(ledger)) return false;
    // One thread alone: what it closes, another may have opened again a moment later.
    if (Atomics.compareExchange(ledger.words, CLAIM_WORD, 0, 1) !== 0) return false;
    const isMoreLeft = clear(ledger);
    if (isMoreLeft) Atomics.store(ledger.words, CLAIM_WORD, 0);
    else libc().close(fd);
    return isMoreLeft;
  } finally {
    ledger.unmap();
  }
}

function isOfDeadThread({ numbers }: LedgerMemory): boolean {
  const { magic, threadId, startTime } = LEDGER_HEADER;
  if (numbers[magic] !== LEDGER_MAGIC) return false;
  const identity = { pid: process.pid, threadId: numbers[threadId]!, startTime: numbers[startTime]! };
  return livenessOf(identity) === 'dead';
}

function clear({ numbers }: LedgerMemory): boolean {
  let isMoreLeft = false;
  for (let at = ENTRY_NUMBERS; at < numbers.length; at += ENTRY_NUMBERS) {
    const kind = numbers[at];
    if (kind === EntryKind.Free) continue;
    if (giveBack(kind as EntryKind, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!))
      numbers[at] = EntryKind.Free;
    else isMoreLeft = true;
  }
  return isMoreLeft;
}

/** @returns whether it is done */
function giveBack(kind: EntryKind, a: number, b: number, c: number): boolean {
  if (kind === EntryKind.Child) return endChild(a, b);
  if (kind === EntryKind.Mapping) libc().unmap(BigInt(a), b);
  else if (isSameFile(a, b, c)) libc().close(a);
  return true;
}

function isSameFile(fd: number, device: number, inode: number): boolean {
  try {
    const { dev, ino } = fstatSync(fd);
    return dev === device && ino === inode;
  } catch {
    return false;
  }
}

function endChild(pid: number, startTime: number): boolean {
  const stat = childStat(pid);
  // The number may be another's by now.
  if (stat === undefined || stat.startTime !== startTime || stat.parent !== process.pid) return true;
  if (stat.isZombie) return reap(pid);
  process.kill(pid, 'SIGKILL');
  return false;
}
