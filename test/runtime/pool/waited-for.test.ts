import koffi from 'koffi';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';

const waitpid = koffi.load(null).func('int waitpid(int pid, void *status, int options)') as (
  pid: number,
  status: null,
  options: number,
) => number;

/** What a native library does that waits for all children of this process: Node.js hears nothing of the end of this one. */
function killAndWaitFor(pid: number): void {
  process.kill(pid, 'SIGKILL');
  expect(waitpid(pid, null, 0)).toBe(pid);
}

test('a process whose end something else has waited for is replaced, and the pool ends', async () => {
  const pool = new ProcessPool({ processes: 1 });
  expect(await pool.run(new Echo(), 1)).toMatchObject({ ok: true, body: 1 });
  const [first] = pool.stats().pids;
  killAndWaitFor(first!);
  expect(await pool.run(new Echo(), 2)).toMatchObject({ ok: true, body: 2 });
  const [second] = pool.stats().pids;
  expect(second).not.toBe(first);
  killAndWaitFor(second!);
  await pool.destroy();
  expect(pool.stats().pids).toEqual([]);
});

test('a job whose process is waited for by something else is tried again under its strategy', async () => {
  const pool = new ProcessPool({ processes: 1 });
  const worker = new Echo();
  worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
  await pool.run(worker, 0);
  const [pid] = pool.stats().pids;
  const call = pool.map(worker, [1, 2, 3]);
  killAndWaitFor(pid!);
  expect((await call).map(({ body }) => body)).toEqual([1, 2, 3]);
  await pool.close();
});
