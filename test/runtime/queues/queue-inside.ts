import { readdirSync } from 'node:fs';
import { CELL, HEADER } from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { CellState, stateOf } from '../../../runtime/src/queues/shared-memory/state-word.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';

export interface Inside {
  readonly cellCount: number;
  readonly freeCount: number;
  readonly usedCells: number;
  readonly generation: number;
}

/** Counts the cells of a queue in its memory, whatever its lists say. */
export function lookInside(name: string): Inside {
  const segment = openQueueFile(name, 0, false);
  let usedCells = 0;
  for (let cell = 0; cell < segment.cellCount; cell += 1)
    if (stateOf(segment.words[segment.cell(cell) + CELL.word.state]!) !== CellState.Free) usedCells += 1;
  const inside = {
    cellCount: segment.cellCount,
    freeCount: segment.words[HEADER.word.freeCount]!,
    usedCells,
    generation: segment.words[HEADER.word.generation]!,
  };
  segment.detach();
  return inside;
}

/** Names of all files of a queue. */
export function filesOf(name: string): string[] {
  return readdirSync(SEGMENT_FOLDER).filter(
    (file) => file === `mproc-q-${name}` || file.startsWith(`mproc-q-${name}~`),
  );
}
