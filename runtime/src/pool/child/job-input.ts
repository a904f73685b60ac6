import { unpack } from '../../values/index.js';
import { JobFlag } from '../protocol.js';
import { openParcel } from '../transport/parcel.js';

/**
 * Reads the state that a job has in place of its task's, because an earlier attempt changed it.
 * @param at where it starts, with its length in 4 bytes before it
 * @param lengthBytes of both
 */
export function readOwnState(bytes: Buffer, at: number, lengthBytes: number, flags: number): Buffer {
  const state = bytes.subarray(at + 4, at + lengthBytes);
  if ((flags & JobFlag.StateParcel) === 0) return Buffer.from(state);
  return openParcel(state.toString('latin1'), 'process', (own, start, length) =>
    Buffer.from(own.subarray(start, start + length)),
  );
}

/**
 * Reads a job's arguments.
 * @param at where they start, in bytes from the start of the segment
 * @throws MprocError `ERR_VALUE_DECODE`
 */
export function readArgs(bytes: Buffer, at: number, lengthBytes: number, flags: number): unknown {
  if ((flags & JobFlag.Parcel) === 0) return unpack(bytes, at, lengthBytes);
  return openParcel(bytes.toString('latin1', at, at + lengthBytes), 'process', unpack);
}
