import { newMemory } from '../segment/large-memory.js';
import { BYTE_KINDS } from './tags.js';

const BUFFER = BYTE_KINDS.indexOf('Buffer');
const POOLED_LENGTH_BYTES = 4096;

interface Kind {
  readonly elementBytes: number;
  make(memory: ArrayBuffer, start?: number, lengthBytes?: number): object;
}

type ArrayClass = {
  new (memory: ArrayBuffer, start?: number, length?: number): object;
  readonly BYTES_PER_ELEMENT: number;
};

const KINDS: readonly (Kind | undefined)[] = BYTE_KINDS.map((name) => {
  if (name === 'Buffer')
    return { elementBytes: 1, make: (memory, start, length) => Buffer.from(memory, start, length) };
  if (name === 'ArrayBuffer') return { elementBytes: 1, make: (memory) => memory };
  if (name === 'DataView')
    return { elementBytes: 1, make: (memory, start, length) => new DataView(memory, start, length) };
  const arrayClass = Reflect.get(globalThis, name) as ArrayClass | undefined;
  if (arrayClass === undefined) return undefined;
  const elementBytes = arrayClass.BYTES_PER_ELEMENT;
  return {
    elementBytes,
    make: (memory, start = 0, lengthBytes = memory.byteLength) =>
      new arrayClass(memory, start, lengthBytes / elementBytes),
  };
});

/** A typed array or the like that has this memory; `undefined` when there is no such kind or half an element. */
export function makeOver(kind: number, memory: ArrayBuffer): object | undefined {
  const found = KINDS[kind];
  return found && memory.byteLength % found.elementBytes === 0 ? found.make(memory) : undefined;
}

/** A typed array or the like over a part of memory; `undefined` when it cannot be. */
export function makeView(
  kind: number,
  memory: ArrayBuffer,
  start: number,
  lengthBytes: number,
): object | undefined {
  const found = KINDS[kind];
  const isPart = start + lengthBytes <= memory.byteLength;
  if (!found || !isPart || start % found.elementBytes !== 0 || lengthBytes % found.elementBytes !== 0)
    return undefined;
  return found.make(memory, start, lengthBytes);
}

/** Will bytes that are read have memory of their own, which others can be views of? */
export function hasOwnMemory(kind: number, lengthBytes: number): boolean {
  return kind !== BUFFER || lengthBytes >= POOLED_LENGTH_BYTES;
}

/** A typed array or the like with a copy of the bytes; `undefined` when there is no such kind or half an element. */
export function makeBytes(
  kind: number,
  bytes: Buffer,
  start: number,
  lengthBytes: number,
): object | undefined {
  const found = KINDS[kind];
  if (!found || lengthBytes % found.elementBytes !== 0) return undefined;
  // Small Buffers share memory as all do in Node.js: to allocate it takes ten times as long as to fill it.
  if (!hasOwnMemory(kind, lengthBytes)) return Buffer.from(bytes.subarray(start, start + lengthBytes));
  // Has memory of its own.
  const copy = newMemory(lengthBytes);
  bytes.copy(copy, 0, start, start + lengthBytes);
  return found.make(copy.buffer as ArrayBuffer);
}
