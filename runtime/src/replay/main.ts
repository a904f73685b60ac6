// A process in which `npx mproc replay` runs one job again: the class of its module, its arguments and fields, in a pool
// that runs jobs in this process, so that a debugger sees them.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Response } from '../contracts/response.js';
import { findClass } from '../pool/child/find-class.js';
import { useImports } from '../pool/child/imports.js';
import { prepareFor, useTypescriptLoading } from '../pool/child/typescript/load-typescript.js';
import { ProcessPool } from '../pool/process-pool.js';
import type { WorkerClass } from '../worker/worker.js';
import { type FailedJob, readFailedJob } from './failed-job.js';

/** @returns what the process is to end with: 1 where the job fails again */
async function replay(path: string, module: string | undefined): Promise<number> {
  const failed = readFailedJob(readFileSync(path, 'utf8'), path);
  const place = { ...failed, module: module ?? failed.module };
  useImports({ module: (url) => import(url), code: () => undefined });
  useTypescriptLoading({ tsx: failed.tsx, isTransformed: false });
  await prepareFor(place.module);
  const workerClass = findClass((await import(place.module)) as Record<string, unknown>, place);
  const response = await runOnce(workerClass, failed);
  if (response.ok) process.stdout.write(`${inspect(response.body, { depth: 6 })}\n`);
  else process.stderr.write(`${inspect(response.error)}\n`);
  return response.ok ? 0 : 1;
}

async function runOnce(workerClass: WorkerClass, { state, args }: FailedJob): Promise<Response<unknown>> {
  const worker = new workerClass();
  Object.assign(worker, state);
  worker.retryStrategy = undefined;
  stopBefore(workerClass);
  await using pool = new ProcessPool({ processes: 'inline' });
  return await pool.run(worker, args, { timeoutMs: Number.POSITIVE_INFINITY });
}

/** A debugger that is attached stops here: a step into the call leads to the job. */
function stopBefore({ prototype }: WorkerClass): void {
  const { process: run } = prototype as unknown as { process(args: unknown): unknown };
  Object.defineProperty(prototype, 'process', {
    configurable: true,
    writable: true,
    value(this: unknown, args: unknown) {
      // biome-ignore lint/suspicious/noDebugger: it is what this is for, and does nothing without a debugger
      debugger;
      return run.call(this, args);
    },
  });
}

const [path, module] = process.argv.slice(2);
replay(path!, module).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error) : String(error)}\n`);
    process.exitCode = 1;
  },
);
