import { readFileSync } from 'node:fs';
import { stackOf } from '../../../inspect/debugger/in-parent.js';
import type { ForkedProcess } from './child-process.js';

/** How long a job that is to be stopped has because of its stack, in milliseconds. */
const STACK_MS = 200;

/** Where a child is that runs for too long; `undefined` at once where it waits in its event loop, so that there is no stack. */
export function stackAtTimeout(child: ForkedProcess | undefined): Promise<string | undefined> | undefined {
  if (process.platform !== 'linux' || !child?.isAlive || !child.isInspectable) return undefined;
  if (waitsForEvents(child.pid)) return undefined;
  return stackOrNone(child);
}

/** Whatever keeps it from being had, the job is stopped. */
async function stackOrNone(child: ForkedProcess): Promise<string | undefined> {
  try {
    return await stackOf(child, STACK_MS);
  } catch {
    // As where the system refuses the code that asks for it.
    return undefined;
  }
}

/** Some kernels do not say what a process waits for: then it is asked. */
function waitsForEvents(pid: number): boolean {
  try {
    return /ep_?poll/.test(readFileSync(`/proc/${pid}/wchan`, 'latin1'));
  } catch {
    return false;
  }
}
