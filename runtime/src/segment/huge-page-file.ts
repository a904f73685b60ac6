import { ftruncateSync, writeSync } from 'node:fs';
import { monotonicMs } from '../clock/monotonic-ms.js';
import { systemError } from '../errors/system-error.js';
import { isSpaceFor } from './free-space.js';
import { libc } from './libc.js';
import { pageBytes } from './page-size.js';
import { HUGE_PAGE_BYTES, type Mapping, pages } from './pages.js';

/** Of these it takes 512 to make a huge page of 2 MiB. */
const SMALL_PAGE_BYTES = 4096;
/** Less is not worth a huge page, most of which would be left empty. */
const WORTH_A_HUGE_PAGE = HUGE_PAGE_BYTES / 2;
/** For how long none are asked for where there were none to spare, or they were too dear, in milliseconds. */
const ASK_AGAIN_MS = 10_000;
/**
 * A huge page takes a tenth of a millisecond, and is worth twice as much each time that it is used. Many virtual machines
 * get memory that nothing has touched before at fifty times that price, large pieces of it first: it is paid once, but
 * not all at once. In milliseconds: what a page may take, and what all may take beyond that before there is a pause.
 */
const USUAL_MS = 0.5;
const DEAR_MS = 600;
/** Huge pages that are asked for at once; the first alone, to learn what it takes. */
const MOST_AT_ONCE = 4;

const ONE = new Uint8Array(1);
let spentMs = 0;
let askAgainAt = Number.NEGATIVE_INFINITY;

/**
 * Gives an empty file memory in huge pages, and maps it for writing. To clear and to map it takes a seventh of the time
 * that small pages take.
 *
 * - all of it is there when this returns: to write to it cannot be SIGBUS
 * - the length is rounded up to whole huge pages
 * @returns `undefined` where it is too small, or there are none; the file is empty then
 */
export function reserveHugePages(fd: number, atLeastBytes: number): Mapping | undefined {
  const lengthBytes = Math.ceil(atLeastBytes / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
  const isWorthIt = hasSuchPages() && atLeastBytes >= WORTH_A_HUGE_PAGE;
  if (!isWorthIt || monotonicMs() < askAgainAt || !isSpaceFor(lengthBytes)) return undefined;
  const mapping = mapHuge(fd, lengthBytes);
  if (mapping === undefined) {
    askAgainAt = monotonicMs() + ASK_AGAIN_MS;
    spentMs = 0;
    empty(fd);
  }
  return mapping;
}

/** @throws MprocError `ERR_SYSTEM` */
function empty(fd: number): void {
  try {
    ftruncateSync(fd, 0);
  } catch (error) {
    throw systemError('shared memory for a large value could not be made', error);
  }
}

/** A huge page is as many small ones as their addresses fit into one: where those are larger, it is far too large for a value. */
function hasSuchPages(): boolean {
  return process.platform === 'linux' && pageBytes() === SMALL_PAGE_BYTES;
}

function mapHuge(fd: number, lengthBytes: number): Mapping | undefined {
  if (!hasBegunEach(fd, lengthBytes)) return undefined;
  const address = pages().mapHugeForWriting(fd, lengthBytes);
  if (address === undefined) return undefined;
  // What the first gathers, the second finds there: it only proves that nothing is missing.
  if (gather(Number(address), lengthBytes) && libc().reserve(fd, 0, lengthBytes) === 0)
    return { address, lengthBytes };
  pages().unmap(address, lengthBytes);
  return undefined;
}

/** @returns whether all of it is huge pages now */
function gather(address: number, lengthBytes: number): boolean {
  let count = 1;
  for (let done = 0; done < lengthBytes; ) {
    const bytes = Math.min(count * HUGE_PAGE_BYTES, lengthBytes - done);
    const began = monotonicMs();
    if (!pages().makeHuge(address + done, bytes)) return false;
    spentMs += Math.max(0, monotonicMs() - began - (bytes / HUGE_PAGE_BYTES) * USUAL_MS);
    if (spentMs > DEAR_MS) return false;
    done += bytes;
    count = Math.min(2 * count, MOST_AT_ONCE);
  }
  return true;
}

/** The system gathers nothing where there is nothing yet. */
function hasBegunEach(fd: number, lengthBytes: number): boolean {
  try {
    ftruncateSync(fd, lengthBytes);
    for (let at = 0; at < lengthBytes; at += HUGE_PAGE_BYTES) writeSync(fd, ONE, 0, 1, at);
    return true;
  } catch {
    return false;
  }
}
