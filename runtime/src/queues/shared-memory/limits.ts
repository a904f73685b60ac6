import type { QueueLimit } from '../../contracts/queue.js';
import { cellState } from './cells.js';
import { crc32 } from './checksum.js';
import { CELL } from './layout.js';
import { addReady, type LockedQueue } from './locked-queue.js';
import type { QueueSegment } from './queue-segment.js';
import { CellState } from './state-word.js';

/** The word of a value that is not dead: 0, or the highest bit, 29 bits of its key's hash, and its permit while it is leased. */
const REASON = CELL.word.reason;
const IS_LIMITED = 1 << 31;
const OF_HASH = 0x7ffffffc;
const OF_PERMIT = 3;
export const GIVEN_BACK = 1;
export const WANTED = 2;

/** Keys of one hash count together, so none has more than its limit. */
export function limitWord(key: string): number {
  return IS_LIMITED | (crc32(Buffer.from(key)) & OF_HASH);
}

export function isLimited(segment: QueueSegment, cell: number): boolean {
  return segment.words[segment.cell(cell) + REASON]! < 0;
}

export function setLimitKey(segment: QueueSegment, cell: number, key: string): void {
  segment.words[segment.cell(cell) + REASON] = limitWord(key);
}

/** As a value has it that is not leased, and one that is leased and has its permit. */
export function forgetPermit(segment: QueueSegment, cell: number): void {
  if (isLimited(segment, cell)) setPermit(segment, cell, 0);
}

export function setPermit(segment: QueueSegment, cell: number, permit: number): void {
  const at = segment.cell(cell) + REASON;
  segment.words[at] = (segment.words[at]! & ~OF_PERMIT) | permit;
}

/** How many of each key are out, beside those that have given their permit back, or want one where that is said. */
export function outOf({ segment, timers }: LockedQueue, countsWanted: boolean): Map<number, number> {
  const out = new Map<number, number>();
  for (let index = 0; index < timers.count; index += 1) {
    const cell = timers.cellAt(index);
    const word = segment.words[segment.cell(cell) + REASON]!;
    const permit = word & OF_PERMIT;
    if (word >= 0 || permit === GIVEN_BACK || (permit === WANTED && !countsWanted)) continue;
    if (cellState(segment, cell) !== CellState.Leased) continue;
    const key = word & ~OF_PERMIT;
    out.set(key, (out.get(key) ?? 0) + 1);
  }
  return out;
}

/**
 * Takes out of the ready heap what is at its limit, while `claim` takes what is first in it.
 * @param claim takes the first, and nothing else
 */
export function claimWithin(
  locked: LockedQueue,
  { atOnce }: QueueLimit,
  isEnough: () => boolean,
  claim: () => void,
): void {
  const { segment, ready } = locked;
  const out = outOf(locked, true);
  const passed: number[] = [];
  while (!isEnough() && ready.count > 0) {
    const cell = ready.cellAt(0);
    const word = segment.words[segment.cell(cell) + REASON]!;
    const key = word & ~OF_PERMIT;
    const others = out.get(key) ?? 0;
    if (word < 0 && others >= atOnce) {
      passed.push(cell);
      ready.removeAt(0);
      continue;
    }
    if (word < 0) out.set(key, others + 1);
    claim();
  }
  for (const cell of passed) addReady(locked, cell);
}

/** The same of all values of a key. */
export function limitKeyOf(segment: QueueSegment, cell: number): number {
  return segment.words[segment.cell(cell) + REASON]! & ~OF_PERMIT;
}
