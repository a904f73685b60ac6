import { unpack } from '../../values/index.js';
import { JobFlag } from '../protocol.js';
import type { JobSlots } from '../transport/job-slots.js';
import { openParcel } from '../transport/parcel.js';
import type { PoolSegment } from '../transport/pool-segment.js';

/** What a slot holds for its job. */
export interface JobInput {
  readonly args: unknown;
  /** State that replaces the task's, because an earlier attempt changed it. */
  readonly state: Buffer | undefined;
}

/**
 * Reads a job's arguments, and the state where it has one of its own: then its length comes first, in 4 bytes.
 * @throws MprocError `ERR_VALUE_DECODE`
 */
export function readInput(segment: PoolSegment, slots: JobSlots, slot: number): JobInput {
  const { bytes } = segment;
  const flags = slots.attemptOf(slot);
  const at = slots.payloadOf(slot);
  const end = at + slots.payloadBytesOf(slot);
  if ((flags & JobFlag.OwnState) === 0) return { args: readArgs(bytes, at, end, flags), state: undefined };
  const argsAt = at + 4 + bytes.readUInt32LE(at);
  const state = readState(bytes.subarray(at + 4, argsAt), flags);
  return { args: readArgs(bytes, argsAt, end, flags), state };
}

function readState(bytes: Buffer, flags: number): Buffer {
  if ((flags & JobFlag.StateParcel) === 0) return Buffer.from(bytes);
  return openParcel(bytes.toString('latin1'), 'process', copyOf);
}

function copyOf(bytes: Buffer, at: number, lengthBytes: number): Buffer {
  return Buffer.from(bytes.subarray(at, at + lengthBytes));
}

function readArgs(bytes: Buffer, at: number, end: number, flags: number): unknown {
  if ((flags & JobFlag.Parcel) === 0) return unpack(bytes, at, end - at);
  return openParcel(bytes.toString('latin1', at, end), 'process', unpack);
}
