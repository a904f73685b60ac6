import { types } from 'node:util';
import { isKnownInstance, problemOfInstance } from './instances.js';
import { refusalOfReturned } from './lent.js';
import { hasOwnMemory } from './make-bytes.js';
import { mapValueStep, PathNote } from './path.js';
import { refusalOf, refusalOfShared } from './refusals.js';
import { MOST_BYTES, tooLong } from './size-limit.js';
import { BYTE_KINDS, type ByteKind, Tag } from './tags.js';
import type { ValueWriter } from './value-writer.js';
import { writeError } from './write-error.js';

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** Everything that is neither an array nor an object of class Object. What a value is, its internals tell, not its class. */
export function writeSpecial(writer: ValueWriter, value: object): void {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== null && isKnownInstance(prototype)) writer.writeProperties(value);
  else if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) writeBytes(writer, value);
  else if (types.isDate(value)) writer.writeFloat(Tag.Date, Date.prototype.getTime.call(value));
  else if (types.isMap(value)) writeMap(writer, value);
  else if (types.isSet(value)) writeSet(writer, value);
  else if (types.isNativeError(value) || value instanceof Error) writeError(writer, value);
  else if (types.isRegExp(value)) writeRegExp(writer, value);
  else if (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)) writeBoxed(writer, value);
  else writeInstance(writer, value, prototype);
}

function writeInstance(writer: ValueWriter, value: object, prototype: object | null): void {
  const refusal = refusalOf(value) ?? (prototype === null ? undefined : problemOfInstance(value, prototype));
  if (refusal !== undefined) writer.refuse(refusal);
  writer.writeProperties(value);
}

function writeMap(writer: ValueWriter, map: Map<unknown, unknown>): void {
  // A getter further down may change the map.
  const entries = [...Map.prototype.entries.call(map)];
  writer.writeByte(Tag.Map);
  writer.writeSize(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const [key, value] = entries[i]!;
    writer.step(typeof key === 'string' ? undefined : new PathNote(`<map key ${i}>`));
    writer.writeValue(key);
    writer.step(mapValueStep(key, i));
    writer.writeValue(value);
  }
}

function writeSet(writer: ValueWriter, set: Set<unknown>): void {
  const items = [...Set.prototype.values.call(set)];
  writer.writeByte(Tag.Set);
  writer.writeSize(items.length);
  for (let i = 0; i < items.length; i++) {
    writer.step(new PathNote(`<set item ${i}>`));
    writer.writeValue(items[i]);
  }
}

function writeRegExp(writer: ValueWriter, pattern: RegExp): void {
  const { source, flags } = pattern;
  writer.writeByte(Tag.RegExp);
  writer.writeString(source);
  writer.writeString(flags);
}

function writeBoxed(writer: ValueWriter, boxed: object): void {
  writer.writeByte(Tag.Boxed);
  writer.writeValue(boxed.valueOf());
}

/** What a value is made of when it is nothing but bytes. */
export function byteKindOf(value: object): ByteKind | undefined {
  if (Buffer.isBuffer(value)) return 'Buffer';
  if (types.isArrayBuffer(value)) return 'ArrayBuffer';
  if (types.isDataView(value)) return 'DataView';
  return typedArrayName.call(value) as ByteKind | undefined;
}

function writeBytes(writer: ValueWriter, value: ArrayBufferView | ArrayBufferLike): void {
  const isView = ArrayBuffer.isView(value);
  const memory = isView ? value.buffer : value;
  const refusal = refusalOfShared(value, memory) ?? refusalOfReturned(memory);
  if (refusal !== undefined) writer.refuse(refusal);
  const kind = byteKindOf(value);
  const index = BYTE_KINDS.indexOf(kind as ByteKind);
  if (index < 0) writer.refuse(`is a ${kind}, which is not known here`);
  const lent = writer.lend?.(value, memory as ArrayBuffer, index);
  if (lent !== undefined) return writer.writeCustom(lent.tag, lent.descriptor);
  const start = isView ? value.byteOffset : 0;
  if (value.byteLength > MOST_BYTES) writer.refuse(tooLong(value.byteLength));
  const owner = writer.ownerOf(memory);
  if (owner !== undefined) return writeView(writer, owner, index, start, value.byteLength);
  if (value.byteLength === memory.byteLength && hasOwnMemory(index, value.byteLength)) writer.owns(memory);
  writer.writeByte(Tag.Bytes);
  writer.writeByte(index);
  writer.writeSize(value.byteLength);
  writer.writeRaw(
    value instanceof Uint8Array
      ? value
      : isView
        ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        : new Uint8Array(value),
  );
}

/** What has been written already is not written again, and stays shared. */
function writeView(
  writer: ValueWriter,
  owner: number,
  kind: number,
  start: number,
  lengthBytes: number,
): void {
  writer.writeByte(Tag.View);
  writer.writeSize(owner);
  writer.writeByte(kind);
  writer.writeSize(start);
  writer.writeSize(lengthBytes);
}
