import { ValueError } from '../errors/index.js';

/** So many bytes in a row, of a typed array or the like, lie beside what is packed of the rest. */
export const RUN_BYTES = 64 * 1024;

/** Bytes that belong into a packed value and have not been copied. */
export interface Run {
  /** The value's own memory. */
  readonly bytes: Uint8Array;
  readonly lengthBytes: number;
  /** Where in the body they belong. */
  readonly at: number;
}

/** A packed value whose long runs of bytes are still where they were. */
export interface Packed {
  readonly body: Uint8Array;
  /** In the order in which they are read. */
  readonly runs: readonly Run[];
  /** Of the body with the runs in their places. */
  readonly lengthBytes: number;
}

export function packedOf(body: Uint8Array, runs: readonly Run[] = []): Packed {
  return { body, runs, lengthBytes: runs.reduce((sum, run) => sum + run.lengthBytes, body.length) };
}

/** Hands out the memory of the next run; `undefined` when there is none of this length. */
export type RunSource = (lengthBytes: number) => ArrayBuffer | undefined;

/** Is every run still as long as it was? Its memory is the program's own, which may have given it away meanwhile. */
export function isWhole(packed: Packed): boolean {
  return packed.runs.every((run) => run.bytes.length === run.lengthBytes);
}

/** @throws ValueError when a getter of the value gave away what had been read before it */
export function mustBeWhole(packed: Packed, root: string): Packed {
  if (isWhole(packed)) return packed;
  throw new ValueError(root, 'holds bytes that were transferred or cut short while it was read');
}

/** Copies it with the runs in their places, as `pack` would have packed it. */
export function joinInto(packed: Packed, target: Buffer, offset: number): void {
  let from = 0;
  let at = offset;
  for (const run of packed.runs) {
    target.set(packed.body.subarray(from, run.at), at);
    at += run.at - from;
    target.set(run.bytes, at);
    at += run.lengthBytes;
    from = run.at;
  }
  target.set(from === 0 ? packed.body : packed.body.subarray(from), at);
}
