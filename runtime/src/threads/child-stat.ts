import { readFileSync } from 'node:fs';
import { statFields } from '../segment/stat-fields.js';

export interface ChildStat {
  /** It has ended, and nobody has waited for it. */
  readonly isZombie: boolean;
  readonly parent: number;
  readonly startTime: number;
}

const PARENT_FIELD = 1;
const START_TIME_FIELD = 19;

/** @returns `undefined` when there is no such process, or the system does not say */
export function childStat(pid: number): ChildStat | undefined {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return {
      isZombie: fields[0] === 'Z',
      parent: Number(fields[PARENT_FIELD]),
      startTime: Number(fields[START_TIME_FIELD]),
    };
  } catch {
    return undefined;
  }
}
