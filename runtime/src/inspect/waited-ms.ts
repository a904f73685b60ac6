import { readdirSync } from 'node:fs';
import { readOrNothing } from './proc.js';

/** A process that waits for a processor as long as that is not waited for any further, in milliseconds. */
export const MOST_WAITING_MS = 30_000;

/**
 * How long the threads of a process have waited for a processor, in milliseconds; 0 where the system does not tell. Its
 * debugger is opened and served by threads of its own, which wait while the main one sleeps.
 */
export function waitedMs(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + waitedByMs(pid, thread), 0);
}

function waitedByMs(pid: number, thread: string): number {
  const [, waitedNs = '0'] = (readOrNothing(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ');
  return Number(waitedNs) / 1e6 || 0;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
