import { readdirSync } from 'node:fs';
import { HEADER, UNIT } from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { stateOf, UnitState } from '../../../runtime/src/queues/shared-memory/state-word.js';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';

export interface Inside {
  readonly unitCount: number;
  readonly freeCount: number;
  readonly usedUnits: number;
  readonly generation: number;
}

/** Counts the units of a queue in its memory, whatever its lists say. */
export function lookInside(name: string): Inside {
  const memory = openQueueFile(name, 0, false);
  let usedUnits = 0;
  for (let unit = 0; unit < memory.unitCount; unit += 1)
    if (stateOf(memory.words[memory.unit(unit) + UNIT.word.state]!) !== UnitState.Free) usedUnits += 1;
  const inside = {
    unitCount: memory.unitCount,
    freeCount: memory.words[HEADER.word.freeCount]!,
    usedUnits,
    generation: memory.words[HEADER.word.generation]!,
  };
  memory.detach();
  return inside;
}

/** Names of all files of a queue. */
export function filesOf(name: string): string[] {
  return readdirSync(SEGMENT_FOLDER).filter(
    (file) => file === `mproc-q-${name}` || file.startsWith(`mproc-q-${name}~`),
  );
}
