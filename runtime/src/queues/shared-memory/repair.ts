import { failpoint } from '../../failpoints/failpoint.js';
import { listAsFree } from './cells.js';
import { crc32 } from './checksum.js';
import { DeadLetterReason } from './dead-letter-reason.js';
import { addKey } from './dedupe.js';
import { CELL, HEADER } from './layout.js';
import { addReady, addTimer, type LockedQueue, sequenceOf, setTime, timeOf } from './locked-queue.js';
import { continuationsOf, readPayload, sealOf } from './payload.js';
import type { QueueSegment } from './queue-segment.js';
import { CellState, stateOf, stateWord } from './state-word.js';

const H = HEADER.word;
const U = CELL.word;
const FREE = stateWord(CellState.Free, 0);
const FAR_MS = 2 ** 31;

/**
 * Makes everything derived anew from the cells' states: the free list, the heaps, the dedupe buckets, the counts.
 * Runs under the lock, and again from its start when whoever runs it dies.
 */
export function repair(locked: LockedQueue, nowMs: number): void {
  const { segment } = locked;
  const used = new Uint8Array(segment.cellCount);
  const heads = findValues(segment, used);
  failpoint('queue.repair-scanned');
  resetDerived(locked);
  listFree(segment, used);
  failpoint('queue.repair-freed');
  for (const cell of heads) relist(locked, cell, nowMs);
  restoreNumbers(segment, heads);
  segment.words[H.generation] = (segment.words[H.generation]! + 1) | 0;
  failpoint('queue.repair-listed');
}

/** All cells that are the first of a value, in the order of their sequence; marks what they and their parts use. */
function findValues(segment: QueueSegment, used: Uint8Array): number[] {
  const heads: number[] = [];
  for (let cell = 0; cell < segment.cellCount; cell += 1) {
    const word = Atomics.load(segment.words, segment.cell(cell) + U.state);
    if (word === FREE) continue;
    const state = stateOf(word);
    if (state === CellState.Free || state === CellState.Continuation) continue;
    if (state === undefined && !rescue(segment, cell)) continue;
    heads.push(cell);
    used[cell] = 1;
  }
  for (const cell of heads) markParts(segment, cell, used);
  return heads.sort((a, b) => sequenceOf(segment, a) - sequenceOf(segment, b));
}

/** A cell whose state was overwritten is a value all the same when its checksum says so; it goes to the dead letters. */
function rescue(segment: QueueSegment, cell: number): boolean {
  const at = segment.cell(cell);
  const bytes = readPayload(segment, cell);
  if (bytes === undefined || bytes.length === 0) return false;
  const hasFile = segment.words[at + U.filePid] !== 0;
  if (!hasFile && (crc32(bytes) ^ sealOf(segment, cell)) !== segment.words[at + U.checksum]) return false;
  segment.words[at + U.reason] = DeadLetterReason.DamagedState;
  Atomics.store(segment.words, at + U.state, stateWord(CellState.Dead, 0));
  return true;
}

/** Parts that are missing, or another's already, make the value dead; what is left of it stays where it is. */
function markParts(segment: QueueSegment, cell: number, used: Uint8Array): void {
  const at = segment.cell(cell);
  const parts = continuationsOf(segment, cell);
  if (parts?.every((part) => used[part] === 0)) {
    for (const part of parts) used[part] = 1;
    return;
  }
  segment.words[at + U.next] = 0;
  segment.words[at + U.reason] = DeadLetterReason.Unreadable;
  Atomics.store(segment.words, at + U.state, stateWord(CellState.Dead, 0));
}

function resetDerived({ segment, ready, timers }: LockedQueue): void {
  const { words } = segment;
  ready.clear();
  timers.clear();
  words.fill(0, segment.at.word.buckets, segment.at.word.buckets + segment.cellCount);
  for (const field of [H.freeHead, H.freeCount, H.leasedCount, H.deadCount]) words[field] = 0;
}

/** Cells behind the last that is used need no place in a list. */
function listFree(segment: QueueSegment, used: Uint8Array): void {
  const { words } = segment;
  const untakenFrom = used.lastIndexOf(1) + 1;
  for (let cell = segment.cellCount - 1; cell >= 0; cell -= 1) {
    if (used[cell] !== 0) continue;
    Atomics.store(words, segment.cell(cell) + U.state, FREE);
    if (cell < untakenFrom) listAsFree(segment, cell);
  }
  words[H.untakenFrom] = untakenFrom;
  words[H.freeCount] = words[H.freeCount]! + segment.cellCount - untakenFrom;
}

function relist(locked: LockedQueue, cell: number, nowMs: number): void {
  const { segment } = locked;
  const state = stateOf(Atomics.load(segment.words, segment.cell(cell) + U.state));
  if (state === CellState.Dead) {
    segment.words[H.deadCount] = segment.words[H.deadCount]! + 1;
    return;
  }
  if (state === CellState.Ready) addReady(locked, cell);
  else {
    if (!(timeOf(segment, cell) < nowMs + FAR_MS)) setTime(segment, cell, nowMs);
    addTimer(locked, cell);
    if (state === CellState.Leased) segment.words[H.leasedCount] = segment.words[H.leasedCount]! + 1;
  }
  addKey(segment, cell);
}

/** The counters go on after every number in use, whatever was written over them; in a new queue they begin. */
export function restoreNumbers(segment: QueueSegment, heads: readonly number[]): void {
  const { floats } = segment;
  let sequence = sane(floats[HEADER.byte.nextSequence / 8]!);
  let token = sane(floats[HEADER.byte.nextToken / 8]!);
  for (const cell of heads) {
    sequence = Math.max(sequence, sane(sequenceOf(segment, cell)) + 1);
    token = Math.max(token, sane(floats[(segment.cell(cell) + U.token) / 2]!) + 1);
  }
  floats[HEADER.byte.nextSequence / 8] = sequence;
  floats[HEADER.byte.nextToken / 8] = token;
}

const LARGEST_PLAUSIBLE = 2 ** 52;

function sane(number: number): number {
  return Number.isSafeInteger(number) && number >= 1 && number < LARGEST_PLAUSIBLE ? number : 1;
}
