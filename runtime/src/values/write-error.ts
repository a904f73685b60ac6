import { baseName, errorKindOf, isDomException } from './error-classes.js';
import { Tag } from './tags.js';
import type { ValueWriter } from './value-writer.js';

const ENUMERABLE = 1;

/**
 * Tag, base (an index of BUILTINS in error-classes.ts), 1 for a class of this package, class name, inherited name
 * ('' where it is the base's), inherited message of a DOMException, then every own property, the stack, cause
 * and errors among them: size, as many of: key, 1 when enumerable, item.
 */
export function writeError(writer: ValueWriter, error: Error): void {
  const kind = errorKindOf(error);
  const isDom = isDomException(kind.base);
  const name = Object.hasOwn(error, 'name') ? '' : writer.property(error, 'name');
  const keys = Object.getOwnPropertyNames(error);
  writer.writeByte(Tag.Error);
  writer.writeByte(kind.base);
  writer.writeByte(kind.own ? 1 : 0);
  writer.writeString(kind.className);
  // The base of a DOMException is made with whatever name it has.
  writer.writeString(typeof name !== 'string' || (!isDom && name === baseName(kind.base)) ? '' : name);
  writer.writeString(isDom ? String(writer.property(error, 'message')) : '');
  writer.writeSize(keys.length);
  for (const key of keys) {
    writer.step(key);
    const value = writer.property(error, key);
    writer.writeString(key);
    writer.writeByte(Object.prototype.propertyIsEnumerable.call(error, key) ? ENUMERABLE : 0);
    // A hook of the program's may have made something else of the stack.
    writer.writeValue(key === 'stack' && typeof value !== 'string' ? undefined : value);
  }
}
