import { readdirSync, readFileSync } from 'node:fs';
import { saysGone } from '../errors/system-error.js';

const LINUX = process.platform === 'linux';

/**
 * Has a process of ours, which nobody has waited for yet, ended? Its number is still its own, and signals still find it,
 * but it has nothing open any more. `false` where the system does not show that.
 */
export function hasEnded(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).length === 0;
  } catch (error) {
    // What an ended process has had the system shows to root alone.
    return LINUX && (saysGone(error) || isZombie(pid));
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it may hold anything.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch (error) {
    return saysGone(error);
  }
}
