import { types } from 'node:util';
import { customTypeByTag } from './custom-types.js';
import { makeBytes, makeOver, makeView } from './make-bytes.js';
import { RUN_BYTES } from './packed.js';
import { mapValueStep, PathNote } from './path.js';
import { readError } from './read-error.js';
import { Tag } from './tags.js';
import type { ValueReader } from './value-reader.js';

/** What write-special.ts and write-error.ts wrote, and the custom types. */
export function readSpecial(reader: ValueReader, tag: number): unknown {
  switch (tag) {
    case Tag.Map:
      return readMap(reader);
    case Tag.Set:
      return readSet(reader);
    case Tag.Date:
      return reader.begin(new Date(reader.readFloat()));
    case Tag.RegExp:
      return reader.begin(new RegExp(reader.readKey(), reader.readKey()));
    case Tag.Bytes:
      return readBytes(reader);
    case Tag.View:
      return readView(reader);
    case Tag.Boxed:
      return readBoxed(reader);
    case Tag.Error:
      return readError(reader);
    case Tag.Custom:
      return readCustom(reader);
    default:
      return reader.fail(`the unknown tag ${tag}`);
  }
}

function readMap(reader: ValueReader): Map<unknown, unknown> {
  const map = reader.begin(new Map<unknown, unknown>());
  const count = reader.readSize();
  let i = 0;
  let key: unknown;
  let hasKey = false;
  try {
    for (; i < count; i++) {
      hasKey = false;
      key = reader.readValue();
      hasKey = true;
      map.set(key, reader.readValue());
    }
  } catch (error) {
    throw reader.comesFrom(hasKey ? mapValueStep(key, i) : new PathNote(`<map key ${i}>`), error);
  }
  return map;
}

function readSet(reader: ValueReader): Set<unknown> {
  const set = reader.begin(new Set());
  const count = reader.readSize();
  let i = 0;
  try {
    for (; i < count; i++) set.add(reader.readValue());
  } catch (error) {
    throw reader.comesFrom(new PathNote(`<set item ${i}>`), error);
  }
  return set;
}

function readBytes(reader: ValueReader): object {
  const kind = reader.readByte();
  const lengthBytes = reader.readSize();
  const made =
    reader.runs !== undefined && lengthBytes >= RUN_BYTES
      ? makeOver(kind, reader.runs(lengthBytes) ?? reader.fail('bytes that are not there'))
      : makeBytes(kind, reader.bytes, reader.skip(lengthBytes), lengthBytes);
  return reader.begin(made ?? reader.fail('bytes of an unknown kind'));
}

function readView(reader: ValueReader): object {
  const memory = memoryOf(reader.readReference()) ?? reader.fail('a view of what is no memory');
  const [kind, start, lengthBytes] = [reader.readByte(), reader.readSize(), reader.readSize()];
  return reader.begin(
    makeView(kind, memory, start, lengthBytes) ?? reader.fail('a view that does not lie in its memory'),
  );
}

/** Of an object that has all of its memory to itself. */
function memoryOf(object: unknown): ArrayBuffer | undefined {
  if (types.isArrayBuffer(object)) return object;
  if (!ArrayBuffer.isView(object) || !types.isArrayBuffer(object.buffer)) return undefined;
  return object.byteLength === object.buffer.byteLength ? object.buffer : undefined;
}

function readBoxed(reader: ValueReader): object {
  return reader.finishLater(() => {
    const primitive = reader.readValue();
    return primitive === null || primitive === undefined || typeof primitive === 'object'
      ? reader.fail('a boxed value that is no primitive')
      : Object(primitive);
  });
}

/** The instance is made last, so nothing in its descriptor can refer to it: such a reference is `undefined`. */
function readCustom(reader: ValueReader): object {
  return reader.finishLater(() => {
    const tag = reader.readKey();
    const type = customTypeByTag(tag);
    const descriptor = reader.readValue();
    return type
      ? type.read(descriptor)
      : reader.fail(`the type ${JSON.stringify(tag)}, which is not registered in this process,`);
  });
}
