import { ftruncateSync, writeSync } from 'node:fs';
import { libc } from './libc.js';
import { HUGE_PAGE_BYTES, type Mapping, pages } from './pages.js';
import { isRoomFor } from './room.js';

/** Less is not worth a huge page, most of which would be left empty. */
const WORTH_A_HUGE_PAGE = HUGE_PAGE_BYTES / 2;
/** A system that had none to spare is not asked again so soon, in milliseconds: to look for them takes time. */
const ASK_AGAIN_MS = 10_000;

const ONE = new Uint8Array(1);
let askAgainAt = Number.NEGATIVE_INFINITY;

/**
 * Gives an empty file memory in huge pages, and maps it for writing. To clear and to map it takes a seventh of the time
 * that small pages take.
 *
 * - all of it is there when this returns: to write to it cannot be SIGBUS
 * - the length is rounded up to whole huge pages
 * @returns `undefined` where it is too small, or there are none; the file is empty then
 */
export function reserveHuge(fd: number, atLeastBytes: number): Mapping | undefined {
  const lengthBytes = Math.ceil(atLeastBytes / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
  const isWorthIt = process.platform === 'linux' && atLeastBytes >= WORTH_A_HUGE_PAGE;
  if (!isWorthIt || performance.now() < askAgainAt || !isRoomFor(lengthBytes)) return undefined;
  const mapping = mapHuge(fd, lengthBytes);
  if (mapping === undefined) {
    askAgainAt = performance.now() + ASK_AGAIN_MS;
    ftruncateSync(fd, 0);
  }
  return mapping;
}

function mapHuge(fd: number, lengthBytes: number): Mapping | undefined {
  if (!hasBegunEach(fd, lengthBytes)) return undefined;
  const address = pages().mapHugeForWriting(fd, lengthBytes);
  if (address === undefined) return undefined;
  // What the first gathers, the second finds there: it only proves that nothing is missing.
  if (pages().makeHuge(address, lengthBytes) && libc().reserve(fd, lengthBytes) === 0)
    return { address, lengthBytes };
  pages().unmap(address, lengthBytes);
  return undefined;
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
