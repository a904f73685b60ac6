import { OptionError } from '../../errors/errors.js';
import { encodeRecord } from '../wire/record.js';
import { crc32 } from './checksum.js';
import { keyHash } from './dedupe.js';
import { cellsFor } from './payload.js';

const MAX_KEY_BYTES = 1024;
const NO_KEY = Buffer.alloc(0);

/** A value made ready outside the lock. */
export interface PreparedRecord {
  readonly key: Buffer;
  readonly keyHash: number;
  /** What goes into cells: key and value, or the key alone when the value has a file. */
  readonly inCells: Buffer;
  /** The value, when it is too large for the cells. */
  readonly inFile: Buffer | undefined;
  /** Checksum of key and value. */
  readonly sum: number;
  readonly cellCount: number;
}

/** @param dedupeKey of all of them, or one for each */
export function prepareRecords(
  values: readonly unknown[],
  dedupeKey: string | undefined | readonly string[],
  largeFromBytes: number,
): PreparedRecord[] {
  const common = Array.isArray(dedupeKey) ? NO_KEY : keyBytes(dedupeKey as string | undefined);
  return values.map((value, index) => {
    const key = Array.isArray(dedupeKey) ? keyBytes(dedupeKey[index]) : common;
    const hash = key.length === 0 ? 0 : keyHash(key);
    const bytes = Buffer.from(encodeRecord(value));
    const whole = key.length === 0 ? bytes : Buffer.concat([key, bytes]);
    const large = bytes.length >= largeFromBytes;
    const inCells = large ? key : whole;
    return {
      key,
      keyHash: hash,
      inCells,
      inFile: large ? bytes : undefined,
      sum: crc32(bytes, crc32(key)),
      cellCount: cellsFor(inCells.length),
    };
  });
}

function keyBytes(dedupeKey: string | undefined): Buffer {
  if (dedupeKey === undefined) return NO_KEY;
  const key = Buffer.from(String(dedupeKey));
  if (typeof dedupeKey === 'string' && key.length > 0 && key.length <= MAX_KEY_BYTES) return key;
  throw new OptionError(
    `option \`dedupeKey\` must be a string of 1 to ${MAX_KEY_BYTES} bytes, received ${typeof dedupeKey} of ${key.length}`,
  );
}
