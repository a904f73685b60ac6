import { lookAt } from '../proc.js';
import { waitedMs } from '../waited-ms.js';

/**
 * How long all who have a part in looking into a process have waited for a processor, in milliseconds: it, its parent, which hands
 * on what its debugger tells, and who looks. A machine that is busy keeps each of them from going on.
 */
export function waitedByLookMs(pid: number, looker = process.pid): number {
  return waitedMs(pid) + waitedMs(lookAt(pid)?.parentPid ?? pid) + waitedMs(looker);
}
