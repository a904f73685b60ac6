import { poolRunning } from '../inspect/child-processes.js';
import { requestCancel } from '../inspect/debugger/cancel.js';
import { dump } from '../inspect/debugger/dump.js';
import type { PoolsReport } from '../inspect/pool-report.js';
import { Refusal } from './guard.js';

const ONLY_STACK = { profileMs: undefined, heap: false, fileFor: () => '' };

/** The stack of a process of a pool, which stands still for a moment. @throws Error with a clear word */
export async function stackOfProcess({ pools }: PoolsReport, pid: unknown): Promise<{ stack: string }> {
  const process = pools.flatMap((pool) => pool.processes).find((one) => one.pid === pid);
  if (process === undefined) throw new Refusal(404, `no pool has a process ${String(pid)} by now`);
  const { stack } = await dump(process.pid, { ...ONLY_STACK, signal: new AbortController().signal });
  return { stack: stack === '' ? 'no JavaScript runs: it waits in its event loop' : stack };
}

/** Asks the program of a job to cancel it. @throws Error with a clear word */
export async function cancelJob(report: PoolsReport, jobId: unknown): Promise<object> {
  const pool = typeof jobId === 'string' ? poolRunning(report, jobId) : undefined;
  if (typeof jobId !== 'string' || pool === undefined)
    throw new Refusal(404, `no process runs the job ${String(jobId)} by now`);
  await requestCancel(pool.processes, jobId);
  return {};
}
