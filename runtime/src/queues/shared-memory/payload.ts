import { fieldBytes } from '../../layout/layout.js';
import { allocateContinuation } from './cells.js';
import { mix } from './checksum.js';
import { CELL, CONTINUATION } from './layout.js';
import type { QueueSegment } from './queue-segment.js';
import { CellState, stateOf } from './state-word.js';

const U = CELL.word;
const C = CONTINUATION.word;
const FIRST_BYTES = fieldBytes(CELL.fields.payload);
const FURTHER_BYTES = fieldBytes(CONTINUATION.fields.payload);

/** How many cells so many bytes take. */
export function cellsFor(lengthBytes: number): number {
  return 1 + Math.max(0, Math.ceil((lengthBytes - FIRST_BYTES) / FURTHER_BYTES));
}

/** Copies the bytes into the cell and as many continuations as it takes. */
export function writePayload(segment: QueueSegment, cell: number, payload: Buffer): void {
  const { words, bytes } = segment;
  const at = segment.cell(cell);
  words[at + U.lengthBytes] = payload.length;
  words[at + U.next] = 0;
  payload.copy(bytes, at * 4 + CELL.byte.payload, 0, FIRST_BYTES);
  let link = at + U.next;
  for (let from = FIRST_BYTES; from < payload.length; from += FURTHER_BYTES) {
    const part = allocateContinuation(segment);
    const partAt = segment.cell(part);
    words[partAt + C.next] = 0;
    payload.copy(bytes, partAt * 4 + CONTINUATION.byte.payload, from, from + FURTHER_BYTES);
    words[link] = part + 1;
    link = partAt + C.next;
  }
}

/** The continuations of a value; `undefined` when they are not as many as its length says, or not all its own. */
export function continuationsOf(segment: QueueSegment, cell: number): number[] | undefined {
  const { words } = segment;
  const at = segment.cell(cell);
  const expected = cellsFor(words[at + U.lengthBytes]! >>> 0) - 1;
  if (expected >= segment.cellCount) return undefined;
  const found: number[] = [];
  let next = words[at + U.next]!;
  while (next !== 0 && found.length < expected) {
    const part = next - 1;
    if (part < 0 || part >= segment.cellCount || part === cell) return undefined;
    const partAt = segment.cell(part);
    if (stateOf(Atomics.load(words, partAt + C.state)) !== CellState.Continuation) return undefined;
    found.push(part);
    next = words[partAt + C.next]!;
  }
  return next === 0 && found.length === expected ? found : undefined;
}

/** A copy of the bytes of a value; `undefined` when they cannot be found. Their checksum is for the caller to check. */
export function readPayload(segment: QueueSegment, cell: number): Buffer | undefined {
  const { words, bytes } = segment;
  const at = segment.cell(cell);
  const lengthBytes = words[at + U.lengthBytes]! >>> 0;
  const firstAt = at * 4 + CELL.byte.payload;
  if (lengthBytes <= FIRST_BYTES) {
    const copy = Buffer.allocUnsafe(lengthBytes);
    bytes.copy(copy, 0, firstAt, firstAt + lengthBytes);
    return copy;
  }
  const parts = continuationsOf(segment, cell);
  if (parts === undefined) return undefined;
  const copy = Buffer.allocUnsafe(lengthBytes);
  bytes.copy(copy, 0, firstAt, firstAt + FIRST_BYTES);
  for (const [index, part] of parts.entries()) {
    const from = segment.cell(part) * 4 + CONTINUATION.byte.payload;
    bytes.copy(copy, FIRST_BYTES + index * FURTHER_BYTES, from, from + FURTHER_BYTES);
  }
  return copy;
}

/** One number over all fields of a cell that never change once it is published. */
export function sealOf(segment: QueueSegment, cell: number): number {
  const { words } = segment;
  const at = segment.cell(cell);
  let seal = words[at + U.lengthBytes]!;
  seal = mix(seal, words[at + U.keyLengthBytes]!);
  seal = mix(seal, words[at + U.keyHash]!);
  seal = mix(seal, words[at + U.sequence]!);
  seal = mix(seal, words[at + U.sequence + 1]!);
  seal = mix(seal, words[at + U.priority]!);
  seal = mix(seal, words[at + U.filePid]!);
  return mix(seal, words[at + U.fileNumber]!);
}
