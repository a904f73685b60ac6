import { UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { readPayload, sealOf } from './payload.js';
import { largeValuePath } from './queue-name.js';
import { sequenceOf } from './store.js';

const U = UNIT.word;

/** What was copied from a unit under the lock, to be checked and decoded outside it. */
export interface Taken {
  readonly unit: number;
  readonly sequence: number;
  /** `undefined` when the parts of the value cannot be found. */
  readonly bytes: Buffer | undefined;
  readonly keyLengthBytes: number;
  /** Where the value is, when it is too large for the units. */
  readonly file: string | undefined;
  /** What the checksum of key and value must be. */
  readonly sum: number;
}

export function takeUnit(memory: QueueMemory, unit: number): Taken {
  const at = memory.unit(unit);
  const { words } = memory;
  return {
    unit,
    sequence: sequenceOf(memory, unit),
    bytes: readPayload(memory, unit),
    keyLengthBytes: words[at + U.keyLengthBytes]! >>> 0,
    file: largeFileOf(memory, unit),
    sum: words[at + U.checksum]! ^ sealOf(memory, unit),
  };
}

/** The file of a value too large for the units; `undefined` for the others. */
export function largeFileOf(memory: QueueMemory, unit: number): string | undefined {
  const at = memory.unit(unit);
  const pid = memory.words[at + U.filePid]! >>> 0;
  return pid === 0 ? undefined : largeValuePath(memory.name, pid, memory.words[at + U.fileNumber]! >>> 0);
}
