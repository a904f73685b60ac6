import { Heap } from './heap.js';
import { CELL, HEADER } from './layout.js';
import type { QueueSegment } from './queue-segment.js';

const H = HEADER.word;

/** What operations under the lock work on. Nothing here waits. */
export interface LockedQueue {
  readonly segment: QueueSegment;
  /** Values that can be reserved, by priority and sequence. */
  readonly ready: Heap;
  /** Values that something happens to at a time: delayed ones, and leases. */
  readonly timers: Heap;
}

export function lockedQueueOf(segment: QueueSegment): LockedQueue {
  return {
    segment,
    ready: new Heap(segment, { part: 'ready', countWord: H.readyCount, tracksPosition: false }),
    timers: new Heap(segment, { part: 'timers', countWord: H.timerCount, tracksPosition: true }),
  };
}

export function addReady({ segment, ready }: LockedQueue, cell: number): void {
  const at = segment.cell(cell);
  ready.push(cell, segment.floats[(at + CELL.word.sequence) / 2]!, segment.words[at + CELL.word.priority]!);
}

export function addTimer({ segment, timers }: LockedQueue, cell: number): void {
  timers.push(cell, timeOf(segment, cell), 0);
}

export function removeTimer({ segment, timers }: LockedQueue, cell: number): void {
  const index = segment.words[segment.cell(cell) + CELL.word.timerAt]!;
  if (index < 0 || index >= timers.count || timers.cellAt(index) !== cell)
    throw segment.damage(`cell ${cell} is not where it says in the timers`);
  timers.removeAt(index);
}

export function timeOf(segment: QueueSegment, cell: number): number {
  return segment.floats[(segment.cell(cell) + CELL.word.time) / 2]!;
}

export function setTime(segment: QueueSegment, cell: number, timeMs: number): void {
  segment.floats[(segment.cell(cell) + CELL.word.time) / 2] = timeMs;
}

export function sequenceOf(segment: QueueSegment, cell: number): number {
  return segment.floats[(segment.cell(cell) + CELL.word.sequence) / 2]!;
}

export function addCount(segment: QueueSegment, field: 'leasedCount' | 'deadCount', by: 1 | -1): void {
  segment.words[H[field]] = segment.words[H[field]]! + by;
}
