import { types } from 'node:util';
import { sizeLength } from './byte-writer.js';
import { customTypeOf } from './custom-types.js';
import type { Lend } from './lent.js';
import type { Packed, RunSource } from './packed.js';
import { ValuePacker } from './value-packer.js';
import { ValueReader } from './value-reader.js';

export { type CustomType, registerCustomType } from './custom-types.js';
export { unreadable } from './decode-error.js';
export { forgetInstanceRule, type InstanceRule, useInstanceRule } from './instances.js';
export { type Lend, noteReturned, refusalOfReturned } from './lent.js';
export { isWhole, joinInto, type Packed, packedOf, type RunSource } from './packed.js';

// A getter, a proxy or a custom type may pack or unpack while it is asked: then another one is used.
const packers: ValuePacker[] = [new ValuePacker()];
const readers: ValueReader[] = [new ValueReader()];

/**
 * Packs a value.
 * @param root what paths in errors begin with, as `args`, `result` or `state`
 * @returns bytes that are valid until the next call of this module
 * @throws ValueError where something in it cannot be sent, with its path
 */
export function pack(value: unknown, root: string): Uint8Array {
  const packer = packers.pop() ?? new ValuePacker();
  try {
    return packer.pack(value, root, false);
  } finally {
    packers.push(packer);
  }
}

/**
 * Packs a value all but its long runs of bytes, which are left to be copied once, to where they go.
 * @param lend says which arrays are not copied
 * @returns a body that is valid until the next call of this module, and runs that are the value's own memory
 * @throws ValueError where something in it cannot be sent, with its path
 */
export function packApart(value: unknown, root: string, lend?: Lend): Packed {
  const packer = packers.pop() ?? new ValuePacker();
  try {
    return packer.packApart(value, root, lend);
  } finally {
    packers.push(packer);
  }
}

/**
 * Packs a value straight into memory, without a copy in between.
 * @param end where the room in `target` ends; its length by default
 * @param lend says which arrays are not copied
 * @returns how many bytes were written; -1 when there is not enough room, and then what is beyond `offset` is undefined
 * @throws ValueError where something in it cannot be sent, with its path
 */
export function packInto(
  target: Buffer,
  offset: number,
  value: unknown,
  root: string,
  end: number = target.length,
  lend?: Lend,
): number {
  const packer = packers.pop() ?? new ValuePacker();
  try {
    return packer.packInto(target, offset, end, value, root, lend);
  } finally {
    packers.push(packer);
  }
}

/** The bytes that a value takes, where it is all bytes itself; `undefined` where only packing it can tell. */
export function knownLength(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const isView = ArrayBuffer.isView(value);
  if (!(isView ? !types.isSharedArrayBuffer(value.buffer) : types.isArrayBuffer(value))) return undefined;
  if (customTypeOf(value)) return undefined;
  const { byteLength } = value as ArrayBufferView | ArrayBuffer;
  return BYTES_HEADER + sizeLength(byteLength) + byteLength;
}

/** Format, tag and kind. */
const BYTES_HEADER = 3;

/**
 * Reads a packed value. Nothing of it refers to `bytes`, which may be overwritten afterwards.
 * @param runs where its long runs of bytes come from; they are among `bytes` by default
 * @throws MprocError `ERR_VALUE_DECODE` when the bytes are not a packed value
 */
export function unpack(bytes: Buffer, offset: number, lengthBytes: number, runs?: RunSource): unknown {
  const reader = readers.pop() ?? new ValueReader();
  try {
    return reader.read(bytes, offset, lengthBytes, runs);
  } finally {
    readers.push(reader);
  }
}

/**
 * Packs whatever was thrown; never fails for what it holds: what cannot be sent becomes a text in its place, as
 * `[not sent: is a function]`.
 * @returns bytes that are valid until the next call of this module
 */
export function packThrown(thrown: unknown): Uint8Array {
  const packer = packers.pop() ?? new ValuePacker();
  try {
    return packer.pack(thrown, 'error', true);
  } finally {
    packers.push(packer);
  }
}

/**
 * Reads what `packThrown` packed.
 * @throws MprocError `ERR_VALUE_DECODE` when the bytes are not a packed value
 */
export function unpackThrown(bytes: Buffer, offset: number, lengthBytes: number): unknown {
  return unpack(bytes, offset, lengthBytes);
}
