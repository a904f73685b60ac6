import { unlinkSync } from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { SEGMENT_FOLDER, Segment } from '../../segment/segment.js';
import { knownLength, pack, packInto } from '../../values/index.js';

/**
 * A value too large for the pool's own segment, in a segment of its own.
 * The receiver finds it by name: on Linux through the sender's descriptor, so that it has no file and ends with its
 * sender; elsewhere by a file, which the receiver removes.
 */
export interface Parcel {
  readonly name: string;
  close(): void;
}

const LINUX = process.platform === 'linux';
let parcels = 0;

/** The sender died before its parcel was opened. */
export class ParcelGoneError extends MprocError {
  constructor(name: string) {
    super('ERR_VALUE_DECODE', `the parcel ${name} is gone with its sender`);
  }
}

/** @throws MprocError `ERR_MEMORY_FULL`, ValueError */
export function sendParcel(value: unknown, root: string): Parcel {
  const known = knownLength(value);
  if (known !== undefined) {
    const { segment, path } = createSegment(known);
    const lengthBytes = packInto(segment.bytes, 0, value, root);
    return { name: `${path}:${segment.lengthBytes}:${lengthBytes}`, close: () => segment.close() };
  }
  return sendBytes(pack(value, root));
}

export function sendBytes(packed: Uint8Array): Parcel {
  const { segment, path } = createSegment(packed.length);
  segment.bytes.set(packed);
  return { name: `${path}:${segment.lengthBytes}:${packed.length}`, close: () => segment.close() };
}

function createSegment(lengthBytes: number): { segment: Segment; path: string } {
  if (LINUX) {
    const segment = Segment.createUnlinked(lengthBytes);
    return { segment, path: `/proc/${process.pid}/fd/${segment.fd}` };
  }
  const path = `${SEGMENT_FOLDER}/mproc-parcel-${process.pid}-${parcels++}`;
  const segment = Segment.createAt(path, lengthBytes);
  if (segment === undefined) throw new MprocError('ERR_MEMORY_FULL', `${path} is taken; remove it`);
  return { segment, path };
}

/**
 * Opens what the other side sent, hands its bytes to `read`, and lets go of them.
 * @throws ParcelGoneError
 */
export function openParcel<T>(name: string, read: (bytes: Buffer, lengthBytes: number) => T): T {
  const [path = '', segmentBytes, lengthBytes] = name.split(':');
  const segment = Segment.openShared(path, Number(segmentBytes));
  if (segment === undefined) throw new ParcelGoneError(name);
  if (!LINUX) unlinkSync(path);
  try {
    return read(segment.bytes, Number(lengthBytes));
  } finally {
    segment.close();
  }
}
