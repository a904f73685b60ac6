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
  const flags = slots.attemptOf(slot);
  const at = slots.payloadOf(slot);
  const lengthBytes = slots.payloadBytesOf(slot);
  if ((flags & JobFlag.Parcel) === 0) return readFrom(segment.bytes, at, lengthBytes, flags);
  const name = segment.bytes.toString('latin1', at, at + lengthBytes);
  return openParcel(name, (bytes, length) => readFrom(bytes, 0, length, flags));
}

function readFrom(bytes: Buffer, at: number, lengthBytes: number, flags: number): JobInput {
  if ((flags & JobFlag.OwnState) === 0) return { args: unpack(bytes, at, lengthBytes), state: undefined };
  const stateBytes = bytes.readUInt32LE(at);
  const state = Buffer.from(bytes.subarray(at + 4, at + 4 + stateBytes));
  const argsAt = at + 4 + stateBytes;
  return { args: unpack(bytes, argsAt, at + lengthBytes - argsAt), state };
}
