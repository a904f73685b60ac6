import { unpack, unreadable } from '../../values/index.js';
import { JobFlag } from '../protocol.js';
import { openLargeValue } from '../transport/large-value.js';

/**
 * Reads the state that a job has in place of its task's, because an earlier attempt changed it.
 * @param at where it starts, with its length in 4 bytes before it
 * @param lengthBytes of both
 */
export function readOwnState(bytes: Buffer, at: number, lengthBytes: number, flags: number): Buffer {
  const state = bytes.subarray(at + 4, at + lengthBytes);
  return (flags & JobFlag.StateLargeValue) === 0
    ? Buffer.from(state)
    : readStateLargeValue(state.toString('latin1'));
}

/**
 * Reads a packed state from a segment of its own.
 * @throws ValueError; MprocError `ERR_MEMORY_FULL`
 */
export function readStateLargeValue(name: string): Buffer {
  try {
    return openLargeValue(name, 'process', (bytes, at, length) =>
      Buffer.from(bytes.subarray(at, at + length)),
    );
  } catch (error) {
    throw unreadable(error, 'state');
  }
}

/**
 * Unpacks a worker's fields.
 * @throws ValueError
 */
export function readState(packed: Buffer): Record<string, unknown> {
  try {
    return unpack(packed, 0, packed.length) as Record<string, unknown>;
  } catch (error) {
    throw unreadable(error, 'state');
  }
}

/**
 * Reads a job's arguments.
 * @param at where they start, in bytes from the start of the segment
 * @throws ValueError; MprocError `ERR_MEMORY_FULL`
 */
export function readArgs(bytes: Buffer, at: number, lengthBytes: number, flags: number): unknown {
  try {
    if ((flags & JobFlag.LargeValue) === 0) return unpack(bytes, at, lengthBytes);
    return openLargeValue(bytes.toString('latin1', at, at + lengthBytes), 'process', unpack);
  } catch (error) {
    throw unreadable(error, 'args');
  }
}
