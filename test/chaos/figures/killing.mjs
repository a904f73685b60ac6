import { setTimeout as delay } from 'node:timers/promises';

/** Kills a random child of the pool again and again until told to stop. */
export function killRandomly(pool, everyMs) {
  let kills = 0;
  let running = true;
  let lastAt = 0;
  const done = (async () => {
    let next = performance.now() + everyMs;
    while (running) {
      await delay(Math.max(0, next - performance.now()));
      next += everyMs;
      const pids = pool.stats().pids.filter((pid) => pid > 0);
      const pid = pids[Math.floor(Math.random() * pids.length)];
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
