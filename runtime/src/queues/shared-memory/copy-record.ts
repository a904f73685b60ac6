import { CELL } from './layout.js';
import { sequenceOf } from './locked-queue.js';
import { readPayload, sealOf } from './payload.js';
import { largeValuePath } from './queue-name.js';
import type { QueueSegment } from './queue-segment.js';

const U = CELL.word;

/** What was copied from a cell under the lock, to be checked and decoded outside it. */
export interface RecordCopy {
  readonly cell: number;
  readonly sequence: number;
  /** `undefined` when the parts of the value cannot be found. */
  readonly bytes: Buffer | undefined;
  readonly keyLengthBytes: number;
  /** Where the value is, when it is too large for the cells. */
  readonly file: string | undefined;
  /** What the checksum of key and value must be. */
  readonly sum: number;
}

export function copyRecord(segment: QueueSegment, cell: number): RecordCopy {
  const at = segment.cell(cell);
  const { words } = segment;
  return {
    cell,
    sequence: sequenceOf(segment, cell),
    bytes: readPayload(segment, cell),
    keyLengthBytes: words[at + U.keyLengthBytes]! >>> 0,
    file: largeFileOf(segment, cell),
    sum: words[at + U.checksum]! ^ sealOf(segment, cell),
  };
}

/** The file of a value too large for the cells; `undefined` for the others. */
export function largeFileOf(segment: QueueSegment, cell: number): string | undefined {
  const at = segment.cell(cell);
  const pid = segment.words[at + U.filePid]! >>> 0;
  return pid === 0 ? undefined : largeValuePath(segment.name, pid, segment.words[at + U.fileNumber]! >>> 0);
}
