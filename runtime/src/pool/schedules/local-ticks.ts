import type { Logger } from '../../contracts/logger.js';
import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import type { TickSink } from './schedules.js';

/** Ticks that wait for the job of the one before; as many as are caught up with. */
const MOST_WAITING = 1_000;

/** Runs the jobs of one schedule in its own pool. */
export function localTicks(run: () => Promise<Response<unknown>>, logger: Logger): TickSink {
  let running = 0;
  let waiting = 0;
  let before: Promise<void> = Promise.resolve();
  const runOne = async (name: string) => {
    running += 1;
    try {
      const { ok, error, jobId } = await run();
      if (!ok) logger.error(`schedule ${name}: job ${jobId} failed:`, error);
    } catch (error) {
      // The pool has ended while a tick waited for the one before.
      if (!(error instanceof PoolClosedError)) throw error;
    } finally {
      running -= 1;
    }
  };
  return {
    lastOf: async () => undefined,
    async put(name, _at, overlap) {
      if (overlap === 'allow') return runOne(name);
      if (overlap === 'skip') return running > 0 ? undefined : runOne(name);
      if (waiting === MOST_WAITING) {
        logger.warn(
          `schedule ${name}: ${MOST_WAITING} ticks wait for the job of an earlier one; this tick is left out`,
        );
        return;
      }
      waiting += 1;
      const own = before.then(() => {
        waiting -= 1;
        return runOne(name);
      });
      before = own.catch(() => {});
      return own;
    },
  };
}
