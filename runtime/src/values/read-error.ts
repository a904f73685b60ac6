import { makeError } from './error-classes.js';
import type { ValueReader } from './value-reader.js';

/** What writeError wrote. */
export function readError(reader: ValueReader): Error {
  const base = reader.readByte();
  const own = reader.readByte() === 1;
  const className = reader.readKey();
  const name = reader.readKey();
  const message = reader.readKey();
  const made = makeError({ base, own, className }, name, message);
  const error = reader.begin(made ?? reader.fail('an error of an unknown kind'));
  for (let count = reader.readSize(); count > 0; count--) {
    const key = reader.readKey();
    const enumerable = reader.readByte() === 1;
    const value = reader.readPart(key);
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
  }
  return error;
}
