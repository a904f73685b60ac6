import { BYTE_KINDS } from './tags.js';

const BUFFER = BYTE_KINDS.indexOf('Buffer');
const POOLED_LENGTH_BYTES = 4096;

interface Kind {
  readonly elementBytes: number;
  make(memory: ArrayBuffer): object;
}

type ArrayClass = { new (memory: ArrayBuffer): object; readonly BYTES_PER_ELEMENT: number };

const KINDS: readonly (Kind | undefined)[] = BYTE_KINDS.map((name) => {
  if (name === 'Buffer') return { elementBytes: 1, make: (memory) => Buffer.from(memory) };
  if (name === 'ArrayBuffer') return { elementBytes: 1, make: (memory) => memory };
  if (name === 'DataView') return { elementBytes: 1, make: (memory) => new DataView(memory) };
  const arrayClass = Reflect.get(globalThis, name) as ArrayClass | undefined;
  return (
    arrayClass && { elementBytes: arrayClass.BYTES_PER_ELEMENT, make: (memory) => new arrayClass(memory) }
  );
});

/** A typed array or the like that has this memory; `undefined` when there is no such kind or half an element. */
export function makeOver(kind: number, memory: ArrayBuffer): object | undefined {
  const found = KINDS[kind];
  return found && memory.byteLength % found.elementBytes === 0 ? found.make(memory) : undefined;
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
  if (kind === BUFFER && lengthBytes < POOLED_LENGTH_BYTES)
    return Buffer.from(bytes.subarray(start, start + lengthBytes));
  // Has memory of its own, which is not filled with zeros first.
  const copy = Buffer.allocUnsafeSlow(lengthBytes);
  bytes.copy(copy, 0, start, start + lengthBytes);
  return found.make(copy.buffer as ArrayBuffer);
}
