import { readdirSync, readFileSync } from 'node:fs';
import { saysGone } from '../errors/system-error.js';
import { statFields } from './stat-fields.js';

const LINUX = process.platform === 'linux';
/** See `statFields`. */
const FLAGS_FIELD = 6;
const PF_EXITING = 4;

/**
 * Has a process of ours, which nobody has waited for yet, ended? Its number is still its own, and signals still find it,
 * but it has nothing open any more. `false` where the system does not show that.
 */
export function hasExited(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).length === 0;
  } catch (error) {
    // What a process has had that has ended, or is about to, the system shows to root alone.
    return LINUX && (saysGone(error) || isEnding(pid));
  }
}

function isEnding(pid: number): boolean {
  try {
    return tellsOfExit(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    return saysGone(error);
  }
}

/** Does `/proc/<pid>/stat` tell of a process that runs nothing any more? It gives its memory back before it is a zombie. */
export function tellsOfExit(stat: string): boolean {
  const fields = statFields(stat);
  return ['Z', 'X'].includes(fields[0]!) || (Number(fields[FLAGS_FIELD]) & PF_EXITING) !== 0;
}
