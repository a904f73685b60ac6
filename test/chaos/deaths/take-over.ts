import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SharedMemoryQueue } from 'mproc-worker';
import { percentile, round } from '../figures/percentile.js';

const CHURN = fileURLToPath(new URL('../programs/churn.mjs', import.meta.url));
/** As long as whoever waits has waited already when the holder dies. */
const WAITED_MS = 20;

/** Milliseconds from the kill of a process that holds a queue's lock until another one has done what it wanted under it. */
export async function takeOver(
  rounds: number,
): Promise<{ readonly times: number; readonly p50: number; readonly p99: number }> {
  const name = `take-over-${process.pid}`;
  // Of the usual size, as whoever takes the lock over looks at all of it.
  const queue = SharedMemoryQueue.open(name);
  const tookMs: number[] = [];
  for (let at = 0; at < rounds; at += 1) {
    const holder = spawn(process.execPath, [CHURN, name, '/dev/null', 'x', '20'], {
      env: { ...process.env, MPROC_FAILPOINT: 'queue.put-published:stop:4' },
      stdio: 'ignore',
    });
    while (!readFileSync(`/proc/${holder.pid}/stat`, 'latin1').includes(') T ')) await delay(2);
    const waiting = queue.put(['patient']).then(() => performance.now());
    await delay(WAITED_MS);
    const killedAt = performance.now();
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    tookMs.push((await waiting) - killedAt);
    await ended;
    await queue.clear();
  }
  await queue.destroy();
  return { times: rounds, p50: round(percentile(tookMs, 50)), p99: round(percentile(tookMs, 99)) };
}
