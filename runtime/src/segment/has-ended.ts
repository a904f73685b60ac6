import { readdirSync } from 'node:fs';

/**
 * Has a child, which nobody has waited for yet, ended? Its number is still its own, and signals still find it, but it has
 * nothing open any more. `false` where the system does not show that.
 */
export function hasEnded(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).length === 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return process.platform === 'linux' && (code === 'ENOENT' || code === 'ESRCH');
  }
}
