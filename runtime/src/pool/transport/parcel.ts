import { MprocError } from '../../errors/errors.js';
import { Segment } from '../../segment/segment.js';
import { createShareable, withdrawPath } from '../../segment/shareable.js';
import { knownLength, pack, packInto } from '../../values/index.js';

/** A value too large for the pool's own segment, in a segment of its own that the receiver finds by name. */
export interface Parcel {
  readonly name: string;
  /** What it takes of the shared memory. */
  readonly segmentBytes: number;
  close(): void;
}

/** The sender died before its parcel was opened. */
export class ParcelGoneError extends MprocError {
  constructor(name: string) {
    super('ERR_VALUE_DECODE', `the parcel ${name} is gone with its sender`);
  }
}

/** @throws MprocError `ERR_MEMORY_FULL`, ValueError */
export function sendParcel(value: unknown, root: string): Parcel {
  const known = knownLength(value);
  if (known === undefined) return sendBytes(pack(value, root));
  return send(known, (bytes) => packInto(bytes, 0, value, root));
}

export function sendBytes(packed: Uint8Array): Parcel {
  return send(packed.length, (bytes) => {
    bytes.set(packed);
    return packed.length;
  });
}

function send(atLeastBytes: number, write: (bytes: Buffer) => number): Parcel {
  const { segment, path } = createShareable(atLeastBytes);
  const { lengthBytes: segmentBytes } = segment;
  const close = () => {
    segment.close();
    withdrawPath(path);
  };
  try {
    return { name: `${path}:${segmentBytes}:${write(segment.bytes)}`, segmentBytes, close };
  } catch (refused) {
    close();
    throw refused;
  }
}

/**
 * Opens what the other side sent, hands its bytes to `read`, and lets go of them.
 * @throws ParcelGoneError
 */
export function openParcel<T>(name: string, read: (bytes: Buffer, lengthBytes: number) => T): T {
  const [path = '', segmentBytes, lengthBytes] = name.split(':');
  const segment = Segment.openShared(path, Number(segmentBytes));
  if (segment === undefined) throw new ParcelGoneError(name);
  try {
    return read(segment.bytes, Number(lengthBytes));
  } finally {
    segment.close();
  }
}
