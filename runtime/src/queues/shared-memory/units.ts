import { CONTINUATION, HEADER, UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { attemptOf, stateOf, stateWord, UnitState } from './state-word.js';

const H = HEADER.word;
const U = UNIT.word;
const C = CONTINUATION.word;
const FREE = stateWord(UnitState.Free, 0);
const CONTINUED = stateWord(UnitState.Continuation, 0);

/** The state of a unit. @throws DamageError when its word is none */
export function unitState(memory: QueueMemory, unit: number): UnitState {
  const word = Atomics.load(memory.words, memory.unit(unit) + U.state);
  const state = stateOf(word);
  if (state === undefined) throw memory.damage(`unit ${unit} has no state`);
  return state;
}

export function unitAttempt(memory: QueueMemory, unit: number): number {
  return attemptOf(Atomics.load(memory.words, memory.unit(unit) + U.state));
}

/** SYNC: the one store that makes a change true; pairs with the load in `unitState` and in the repair. */
export function setUnitState(memory: QueueMemory, unit: number, state: UnitState, attempt: number): void {
  Atomics.store(memory.words, memory.unit(unit) + U.state, stateWord(state, attempt));
}

/** Takes a unit off the free list. Its state stays free until what is put into it is complete. */
export function allocateUnit(memory: QueueMemory): number {
  const { words } = memory;
  const unit = words[H.freeHead]! - 1;
  const at = memory.unit(unit);
  if (Atomics.load(words, at + U.state) !== FREE) throw memory.damage(`unit ${unit} is listed as free`);
  words[H.freeHead] = words[at + U.next]!;
  words[H.freeCount] = words[H.freeCount]! - 1;
  return unit;
}

/** Takes a unit for a further part of a value. */
export function allocateContinuation(memory: QueueMemory): number {
  const unit = allocateUnit(memory);
  Atomics.store(memory.words, memory.unit(unit) + C.state, CONTINUED);
  return unit;
}

/** Puts the units of a value, whose state is free already, back on the free list. */
export function freeUnits(memory: QueueMemory, first: number): void {
  const { words } = memory;
  let next = words[memory.unit(first) + U.next]!;
  listAsFree(memory, first);
  for (let left = memory.unitCount; next !== 0; left -= 1) {
    const unit = next - 1;
    const at = memory.unit(unit);
    if (left === 0 || Atomics.load(words, at + C.state) !== CONTINUED)
      throw memory.damage(`unit ${unit} is no continuation`);
    next = words[at + C.next]!;
    Atomics.store(words, at + C.state, FREE);
    listAsFree(memory, unit);
  }
}

export function listAsFree(memory: QueueMemory, unit: number): void {
  const { words } = memory;
  words[memory.unit(unit) + U.next] = words[H.freeHead]!;
  words[H.freeHead] = unit + 1;
  words[H.freeCount] = words[H.freeCount]! + 1;
}
