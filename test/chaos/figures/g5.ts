import { ProcessPool, RetryStrategy } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { DieOnce, Pid } from '../jobs.worker.mjs';
import { percentile, round } from './percentile.js';

export const goal = 'a job whose process died runs again within 250 ms (p99)';
export const sizes = { smoke: { rounds: 5 }, reduced: { rounds: 40 }, full: { rounds: 200 } };

interface Size {
  readonly rounds: number;
}

export async function run({ rounds }: Size): Promise<Measured> {
  const pool = new ProcessPool({ processes: 4 });
  await pool.map(new Pid(), Array(16).fill(10));
  const worker = new DieOnce();
  worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
  const afterMs: number[] = [];
  let failed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const response = await pool.run(worker, 'SIGKILL');
    if (!response.ok || response.attempts.length !== 2) failed += 1;
    else afterMs.push(performance.now() - began);
    // The dead one's successor has its time to start, so that each death is measured alone.
    while (new Set((await pool.map(new Pid(), Array(8).fill(5))).map(({ body }) => body)).size < 2);
  }
  await pool.destroy();
  const p99 = round(percentile(afterMs, 99));
  return {
    rounds,
    failed,
    runsAgainMs: { p50: round(percentile(afterMs, 50)), p99 },
    ok: failed === 0 && p99 <= 250,
  };
}
