import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessPool, Progress } from 'mproc-worker';
import type { Random } from '../fuzz/random.js';

export interface JobsBetweenKills {
  told(progress: Progress): void;
  mayKill(): boolean;
}

export interface Killer {
  /** Until now. */
  readonly kills: number;
  stop(): Promise<{ readonly kills: number; readonly lastAt: number }>;
}

/**
 * Lets a kill happen when so many jobs were done since the last one.
 * @returns `told`, to be given as `onProgress` of a call, and `mayKill`
 */
export function jobsBetweenKills(count: number): JobsBetweenKills {
  let [done, doneAtKill] = [0, 0];
  return {
    told(progress: Progress) {
      // Of the next call.
      if (progress.done < done) doneAtKill = 0;
      ({ done } = progress);
    },
    mayKill() {
      if (done - doneAtKill < count) return false;
      doneAtKill = done;
      return true;
    },
  };
}

/**
 * Kills a random child of the pool again and again until told to stop.
 * @param random which of them, as `seeded` gives it
 * @param everyMs so often at most
 * @param mayKill asked before each kill: whether what was to be done since the last one is done, where processes that need
 *   longer to start than they live would never come to anything
 */
export function killRandomly(
  pool: ProcessPool,
  random: Random,
  everyMs: number,
  mayKill: () => boolean = () => true,
): Killer {
  let kills = 0;
  let running = true;
  let lastAt = 0;
  const done = (async () => {
    let next = performance.now() + everyMs;
    while (running) {
      await delay(Math.max(0, next - performance.now()));
      next = Math.max(next + everyMs, performance.now());
      if (!mayKill()) continue;
      const pids = pool.stats().pids.filter((pid) => pid > 0);
      const pid = pids[random.below(pids.length)];
      if (!running || pid === undefined) continue;
      try {
        process.kill(pid, 'SIGKILL');
        kills += 1;
        lastAt = performance.now();
      } catch {
        // It has died by itself, or of an earlier one.
      }
    }
  })();
  return {
    get kills() {
      return kills;
    },
    async stop() {
      running = false;
      await done;
      return { kills, lastAt };
    },
  };
}
