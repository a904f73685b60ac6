import { Heap } from './heap.js';
import { HEADER, UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';

const H = HEADER.word;

/** What operations under the lock work on. Nothing here waits. */
export interface Store {
  readonly memory: QueueMemory;
  /** Values that can be reserved, by priority and sequence. */
  readonly ready: Heap;
  /** Values that something happens to at a time: delayed ones, and leases. */
  readonly timers: Heap;
}

export function storeOf(memory: QueueMemory): Store {
  return {
    memory,
    ready: new Heap(memory, { part: 'ready', countWord: H.readyCount, tracksPosition: false }),
    timers: new Heap(memory, { part: 'timers', countWord: H.timerCount, tracksPosition: true }),
  };
}

export function addReady({ memory, ready }: Store, unit: number): void {
  const at = memory.unit(unit);
  ready.push(unit, memory.floats[(at + UNIT.word.sequence) / 2]!, memory.words[at + UNIT.word.priority]!);
}

export function addTimer({ memory, timers }: Store, unit: number): void {
  timers.push(unit, timeOf(memory, unit), 0);
}

export function removeTimer({ memory, timers }: Store, unit: number): void {
  const index = memory.words[memory.unit(unit) + UNIT.word.timerAt]!;
  if (index < 0 || index >= timers.count || timers.unitAt(index) !== unit)
    throw memory.damage(`unit ${unit} is not where it says in the timers`);
  timers.removeAt(index);
}

export function timeOf(memory: QueueMemory, unit: number): number {
  return memory.floats[(memory.unit(unit) + UNIT.word.time) / 2]!;
}

export function setTime(memory: QueueMemory, unit: number, timeMs: number): void {
  memory.floats[(memory.unit(unit) + UNIT.word.time) / 2] = timeMs;
}

export function sequenceOf(memory: QueueMemory, unit: number): number {
  return memory.floats[(memory.unit(unit) + UNIT.word.sequence) / 2]!;
}

export function addCount(memory: QueueMemory, field: 'leasedCount' | 'deadCount', by: 1 | -1): void {
  memory.words[H[field]] = memory.words[H[field]]! + by;
}
