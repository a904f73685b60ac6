import { readdirSync } from 'node:fs';
import { inTime } from '../../clock/in-time.js';
import { setImmediate } from '../../clock/timers.js';
import { readOrNothing } from '../proc.js';

/** A process that waits for a processor as long as that is not waited for any further, in milliseconds. */
export const MOST_WAITING_MS = 30_000;
const LEAST_MS = 5;

/**
 * As the promise, but rejects when the process has had so much time for it in which it did not wait for a processor: on a
 * machine that is busy it is not to blame for that.
 * @param pid who is to answer
 */
export async function inItsTime<R>(
  pid: number,
  work: Promise<R>,
  ms: number,
  error: () => Error,
): Promise<R> {
  let waitedBefore = waitedMs(pid);
  let granted = 0;
  for (let limit = ms; ; ) {
    const late = new Error();
    try {
      return await inTime(work, limit, () => late);
    } catch (problem) {
      if (problem !== late) throw problem;
    }
    const waited = waitedMs(pid);
    limit = waited - waitedBefore;
    waitedBefore = waited;
    granted += limit;
    if (limit < LEAST_MS || granted > MOST_WAITING_MS) break;
  }
  // What has come meanwhile is read before: this process may have been busy as well.
  const turn = new Promise<never>((_, reject) => setImmediate(() => setImmediate(() => reject(error()))));
  return Promise.race([work, turn]);
}

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
