import type { Logger } from '../../contracts/logger.js';
import type { Queue } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import type { TickOfRecord } from '../remote/records.js';
import { retryWhileUnavailable } from '../remote/retry-while-unavailable.js';
import type { TickSink } from './schedules.js';
import { TickLog } from './tick-log.js';

/** How long a server may be away before a tick is given up, in milliseconds. Other hosts may put it. */
const RETRY_FOR_MS = 60_000;

export interface RemoteTicksOptions {
  /** Where the jobs go. */
  readonly jobs: Queue<unknown>;
  /** Where it stands which ticks are done. */
  readonly done: Queue<unknown>;
  readonly logger: Logger;
  /** Puts a job, unless one with the key waits or runs. */
  submit(tick: TickOfRecord, key: string): Promise<unknown>;
}

/** Puts the jobs of one schedule on the queue of their class, as any other host may do: each tick once. */
export function remoteTicks({ jobs, done, logger, submit }: RemoteTicksOptions): TickSink {
  const log = new TickLog(done);
  return {
    async lastOf(name) {
      for (const { name: queue, supports } of [jobs, done])
        for (const ability of ['dedupe', 'delay', 'peek'] as const)
          if (!supports[ability])
            throw new UnsupportedError(`queue ${queue}`, `schedules, which need ${ability}`);
      return log.lastOf(name);
    },
    async put(schedule, at, overlap) {
      const tick = { schedule, at, inTurn: overlap === 'queue' };
      const put = async () => {
        // A late clock. Where this look misses it, the host that takes the job does not.
        if (!(await log.wasDone(schedule, at))) await submit(tick, keyOf(schedule, at, overlap));
      };
      const retrying = { signal: new AbortController().signal, forMs: RETRY_FOR_MS, logger };
      await retryWhileUnavailable(`putting a tick of schedule ${schedule}`, put, retrying);
    },
  };
}

/** With one key for all ticks, the engine itself leaves out those that come while one waits or runs. */
function keyOf(schedule: string, at: number, overlap: string): string {
  return overlap === 'skip' ? `schedule\n${schedule}` : `schedule\n${schedule}\n${at}`;
}
