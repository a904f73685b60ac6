import { inTime } from '../../clock/in-time.js';
import { setImmediate } from '../../clock/timers.js';
import { MOST_WAITING_MS } from '../waited-ms.js';
import { waitedByLookMs } from './waited-by-look.js';

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
  let waitedBefore = waitedByLookMs(pid);
  let granted = 0;
  for (let limit = ms; ; ) {
    const late = new Error();
    try {
      return await inTime(work, limit, () => late);
    } catch (problem) {
      if (problem !== late) throw problem;
    }
    const waited = waitedByLookMs(pid);
    limit = waited - waitedBefore;
    waitedBefore = waited;
    granted += limit;
    if (limit < LEAST_MS || granted > MOST_WAITING_MS) break;
  }
  // What has come meanwhile is read before: this process may have been busy as well.
  const turn = new Promise<never>((_, reject) => setImmediate(() => setImmediate(() => reject(error()))));
  return Promise.race([work, turn]);
}
