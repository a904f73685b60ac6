import { fieldBytes } from '../../layout/layout.js';
import { mix } from './checksum.js';
import { CONTINUATION, UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { stateOf, UnitState } from './state-word.js';
import { allocateContinuation } from './units.js';

const U = UNIT.word;
const C = CONTINUATION.word;
const FIRST_BYTES = fieldBytes(UNIT.fields.payload);
const FURTHER_BYTES = fieldBytes(CONTINUATION.fields.payload);

/** How many units so many bytes take. */
export function unitsFor(lengthBytes: number): number {
  return 1 + Math.max(0, Math.ceil((lengthBytes - FIRST_BYTES) / FURTHER_BYTES));
}

/** Copies the bytes into the unit and as many continuations as it takes. */
export function writePayload(memory: QueueMemory, unit: number, payload: Buffer): void {
  const { words, bytes } = memory;
  const at = memory.unit(unit);
  words[at + U.lengthBytes] = payload.length;
  words[at + U.next] = 0;
  payload.copy(bytes, at * 4 + UNIT.byte.payload, 0, FIRST_BYTES);
  let link = at + U.next;
  for (let from = FIRST_BYTES; from < payload.length; from += FURTHER_BYTES) {
    const part = allocateContinuation(memory);
    const partAt = memory.unit(part);
    words[partAt + C.next] = 0;
    payload.copy(bytes, partAt * 4 + CONTINUATION.byte.payload, from, from + FURTHER_BYTES);
    words[link] = part + 1;
    link = partAt + C.next;
  }
}

/** The continuations of a value; `undefined` when they are not as many as its length says, or not all its own. */
export function continuationsOf(memory: QueueMemory, unit: number): number[] | undefined {
  const { words } = memory;
  const at = memory.unit(unit);
  const expected = unitsFor(words[at + U.lengthBytes]! >>> 0) - 1;
  if (expected >= memory.unitCount) return undefined;
  const found: number[] = [];
  let next = words[at + U.next]!;
  while (next !== 0 && found.length < expected) {
    const part = next - 1;
    if (part < 0 || part >= memory.unitCount || part === unit) return undefined;
    const partAt = memory.unit(part);
    if (stateOf(Atomics.load(words, partAt + C.state)) !== UnitState.Continuation) return undefined;
    found.push(part);
    next = words[partAt + C.next]!;
  }
  return next === 0 && found.length === expected ? found : undefined;
}

/** A copy of the bytes of a value; `undefined` when they cannot be found. Their checksum is for the caller to check. */
export function readPayload(memory: QueueMemory, unit: number): Buffer | undefined {
  const { words, bytes } = memory;
  const at = memory.unit(unit);
  const lengthBytes = words[at + U.lengthBytes]! >>> 0;
  const firstAt = at * 4 + UNIT.byte.payload;
  if (lengthBytes <= FIRST_BYTES) {
    const copy = Buffer.allocUnsafe(lengthBytes);
    bytes.copy(copy, 0, firstAt, firstAt + lengthBytes);
    return copy;
  }
  const parts = continuationsOf(memory, unit);
  if (parts === undefined) return undefined;
  const copy = Buffer.allocUnsafe(lengthBytes);
  bytes.copy(copy, 0, firstAt, firstAt + FIRST_BYTES);
  for (const [index, part] of parts.entries()) {
    const from = memory.unit(part) * 4 + CONTINUATION.byte.payload;
    bytes.copy(copy, FIRST_BYTES + index * FURTHER_BYTES, from, from + FURTHER_BYTES);
  }
  return copy;
}

/** One number over all fields of a unit that never change once it is published. */
export function sealOf(memory: QueueMemory, unit: number): number {
  const { words } = memory;
  const at = memory.unit(unit);
  let seal = words[at + U.lengthBytes]!;
  seal = mix(seal, words[at + U.keyLengthBytes]!);
  seal = mix(seal, words[at + U.keyHash]!);
  seal = mix(seal, words[at + U.sequence]!);
  seal = mix(seal, words[at + U.sequence + 1]!);
  seal = mix(seal, words[at + U.priority]!);
  seal = mix(seal, words[at + U.filePid]!);
  return mix(seal, words[at + U.fileNumber]!);
}
