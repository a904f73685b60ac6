import { failpoint } from '../../failpoints/failpoint.js';
import { crc32 } from './checksum.js';
import { DeathReason } from './deaths.js';
import { addKey } from './dedupe.js';
import { HEADER, UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { continuationsOf, readPayload, sealOf } from './payload.js';
import { stateOf, stateWord, UnitState } from './state-word.js';
import { addReady, addTimer, type Store, sequenceOf, setTime, timeOf } from './store.js';
import { listAsFree } from './units.js';

const H = HEADER.word;
const U = UNIT.word;
const FREE = stateWord(UnitState.Free, 0);
const FAR_MS = 2 ** 31;

/**
 * Makes everything derived anew from the units' states: the free list, the heaps, the dedupe buckets, the counts.
 * Runs under the lock, and again from its start when whoever runs it dies.
 */
export function repair(store: Store, nowMs: number): void {
  const { memory } = store;
  const used = new Uint8Array(memory.unitCount);
  const heads = memory.unitCount === 0 ? [] : findValues(memory, used);
  failpoint('queue.repair-scanned');
  resetDerived(store);
  for (let unit = memory.unitCount - 1; unit >= 0; unit -= 1) if (used[unit] === 0) makeFree(memory, unit);
  failpoint('queue.repair-freed');
  for (const unit of heads) relist(store, unit, nowMs);
  restoreNumbers(memory, heads);
  memory.words[H.generation] = (memory.words[H.generation]! + 1) | 0;
  failpoint('queue.repair-listed');
}

/** All units that are the first of a value, in the order of their sequence; marks what they and their parts use. */
function findValues(memory: QueueMemory, used: Uint8Array): number[] {
  const heads: number[] = [];
  for (let unit = 0; unit < memory.unitCount; unit += 1) {
    const word = Atomics.load(memory.words, memory.unit(unit) + U.state);
    if (word === FREE) continue;
    const state = stateOf(word);
    if (state === UnitState.Free || state === UnitState.Continuation) continue;
    if (state === undefined && !rescue(memory, unit)) continue;
    heads.push(unit);
    used[unit] = 1;
  }
  for (const unit of heads) markParts(memory, unit, used);
  return heads.sort((a, b) => sequenceOf(memory, a) - sequenceOf(memory, b));
}

/** A unit whose state was overwritten is a value all the same when its checksum says so; it goes to the dead letters. */
function rescue(memory: QueueMemory, unit: number): boolean {
  const at = memory.unit(unit);
  const bytes = readPayload(memory, unit);
  if (bytes === undefined || bytes.length === 0) return false;
  const hasFile = memory.words[at + U.filePid] !== 0;
  if (!hasFile && (crc32(bytes) ^ sealOf(memory, unit)) !== memory.words[at + U.checksum]) return false;
  memory.words[at + U.reason] = DeathReason.DamagedState;
  Atomics.store(memory.words, at + U.state, stateWord(UnitState.Dead, 0));
  return true;
}

/** Parts that are missing, or another's already, make the value dead; what is left of it stays where it is. */
function markParts(memory: QueueMemory, unit: number, used: Uint8Array): void {
  const at = memory.unit(unit);
  const parts = continuationsOf(memory, unit);
  if (parts?.every((part) => used[part] === 0)) {
    for (const part of parts) used[part] = 1;
    return;
  }
  memory.words[at + U.next] = 0;
  memory.words[at + U.reason] = DeathReason.Unreadable;
  Atomics.store(memory.words, at + U.state, stateWord(UnitState.Dead, 0));
}

function resetDerived({ memory, ready, timers }: Store): void {
  const { words } = memory;
  ready.clear();
  timers.clear();
  words.fill(0, memory.at.word.buckets, memory.at.word.buckets + memory.unitCount);
  for (const field of [H.freeHead, H.freeCount, H.leasedCount, H.deadCount]) words[field] = 0;
}

function makeFree(memory: QueueMemory, unit: number): void {
  Atomics.store(memory.words, memory.unit(unit) + U.state, FREE);
  listAsFree(memory, unit);
}

function relist(store: Store, unit: number, nowMs: number): void {
  const { memory } = store;
  const state = stateOf(Atomics.load(memory.words, memory.unit(unit) + U.state));
  if (state === UnitState.Dead) {
    memory.words[H.deadCount] = memory.words[H.deadCount]! + 1;
    return;
  }
  if (state === UnitState.Ready) addReady(store, unit);
  else {
    if (!(timeOf(memory, unit) < nowMs + FAR_MS)) setTime(memory, unit, nowMs);
    addTimer(store, unit);
    if (state === UnitState.Leased) memory.words[H.leasedCount] = memory.words[H.leasedCount]! + 1;
  }
  addKey(memory, unit);
}

/** The counters go on after every number in use, whatever was written over them. */
function restoreNumbers(memory: QueueMemory, heads: readonly number[]): void {
  const { floats } = memory;
  let sequence = sane(floats[HEADER.byte.nextSequence / 8]!);
  let token = sane(floats[HEADER.byte.nextToken / 8]!);
  for (const unit of heads) {
    sequence = Math.max(sequence, sane(sequenceOf(memory, unit)) + 1);
    token = Math.max(token, sane(floats[(memory.unit(unit) + U.token) / 2]!) + 1);
  }
  floats[HEADER.byte.nextSequence / 8] = sequence;
  floats[HEADER.byte.nextToken / 8] = token;
}

const LARGEST_PLAUSIBLE = 2 ** 52;

function sane(number: number): number {
  return Number.isSafeInteger(number) && number >= 1 && number < LARGEST_PLAUSIBLE ? number : 1;
}
