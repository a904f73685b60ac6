import { CELL, CONTINUATION, HEADER } from './layout.js';
import type { QueueSegment } from './queue-segment.js';
import { attemptOf, CellState, stateOf, stateWord } from './state-word.js';

const H = HEADER.word;
const U = CELL.word;
const C = CONTINUATION.word;
const FREE = stateWord(CellState.Free, 0);
const CONTINUED = stateWord(CellState.Continuation, 0);

/** The state of a cell. @throws DamageError when its word is none */
export function cellState(segment: QueueSegment, cell: number): CellState {
  const word = Atomics.load(segment.words, segment.cell(cell) + U.state);
  const state = stateOf(word);
  if (state === undefined) throw segment.damage(`cell ${cell} has no state`);
  return state;
}

export function cellAttempt(segment: QueueSegment, cell: number): number {
  return attemptOf(Atomics.load(segment.words, segment.cell(cell) + U.state));
}

/** SYNC: the one store that makes a change true; pairs with the load in `cellState` and in the repair. */
export function setCellState(segment: QueueSegment, cell: number, state: CellState, attempt: number): void {
  Atomics.store(segment.words, segment.cell(cell) + U.state, stateWord(state, attempt));
}

/**
 * Takes a free cell: one that was in use before, or else the next that never was, whose page the system gives then. Its
 * state stays free until what is put into it is complete.
 */
export function allocateCell(segment: QueueSegment): number {
  const { words } = segment;
  const listed = words[H.freeHead]!;
  const cell = listed === 0 ? words[H.untakenFrom]! : listed - 1;
  const at = segment.cell(cell);
  if (Atomics.load(words, at + U.state) !== FREE) throw segment.damage(`cell ${cell} is listed as free`);
  if (listed === 0) words[H.untakenFrom] = cell + 1;
  else words[H.freeHead] = words[at + U.next]!;
  words[H.freeCount] = words[H.freeCount]! - 1;
  return cell;
}

/** Takes a cell for a further part of a value. */
export function allocateContinuation(segment: QueueSegment): number {
  const cell = allocateCell(segment);
  Atomics.store(segment.words, segment.cell(cell) + C.state, CONTINUED);
  return cell;
}

/** Puts the cells of a value, whose state is free already, back on the free list. */
export function freeCells(segment: QueueSegment, first: number): void {
  const { words } = segment;
  let next = words[segment.cell(first) + U.next]!;
  listAsFree(segment, first);
  for (let left = segment.cellCount; next !== 0; left -= 1) {
    const cell = next - 1;
    const at = segment.cell(cell);
    if (left === 0 || Atomics.load(words, at + C.state) !== CONTINUED)
      throw segment.damage(`cell ${cell} is no continuation`);
    next = words[at + C.next]!;
    Atomics.store(words, at + C.state, FREE);
    listAsFree(segment, cell);
  }
}

export function listAsFree(segment: QueueSegment, cell: number): void {
  const { words } = segment;
  words[segment.cell(cell) + U.next] = words[H.freeHead]!;
  words[H.freeHead] = cell + 1;
  words[H.freeCount] = words[H.freeCount]! + 1;
}
