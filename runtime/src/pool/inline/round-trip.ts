import { pack, packThrown, unpack, unreadable } from '../../values/index.js';
import { asError } from '../../worker/as-error.js';

/**
 * A value as it would arrive in another process.
 * @param root what paths in errors begin with
 * @throws ValueError for what cannot be sent
 */
export function roundTrip(value: unknown, root: string): unknown {
  return readPacked(Buffer.from(pack(value, root)), root);
}

/** @throws ValueError */
export function readPacked(packed: Buffer, root: string): unknown {
  try {
    return unpack(packed, 0, packed.length);
  } catch (error) {
    throw unreadable(error, root);
  }
}

/** What was thrown, as it would arrive. */
export function roundTripThrown(thrown: unknown): Error {
  const packed = Buffer.from(packThrown(thrown));
  return asError(unpack(packed, 0, packed.length));
}
