import { monotonicMs } from '../clock/monotonic-ms.js';
import { delay, LONGEST_TIMER_MS } from '../clock/timers.js';
import { JobEvent, type JobEventDetail } from '../contracts/job-event.js';
import type { Attempt, Response } from '../contracts/response.js';
import type { Decision } from '../contracts/strategy.js';
import { JobCanceledError } from '../errors/errors.js';
import { SingleRecord } from '../response/call-record.js';
import { exitCodeOf, JobResponse, settledResponse } from '../response/job-response.js';
import { decide } from '../strategies/decide.js';
import { asError } from './as-error.js';
import { classListeners } from './class-listeners.js';
import { SETUP_TIMEOUT_MS, setUp } from './class-setup.js';
import { reportListener } from './report-listener.js';
import type { Worker, WorkerClass } from './worker.js';

let jobs = 0;

/** The life of a job without a pool: its attempts, events and retries, all here. */
export async function runInThisProcess<Args, Result>(
  worker: Worker<Args, Result>,
  args: Args,
): Promise<Response<Result>> {
  const workerClass = worker.constructor as WorkerClass;
  if (workerClass.setup !== undefined) await setUp(workerClass, SETUP_TIMEOUT_MS);
  const context = workerClass.contextOf(worker);
  const prefix = `local-${process.pid}`;
  const index = jobs++;
  const attempts: Attempt[] = [];
  const began = monotonicMs();
  const canceled = context.signal.aborted;
  context.renew(prefix, index, 1);
  const settle = (error: Error | undefined, body: Result | undefined, exitCode: number) => {
    const last = attempts.at(-1);
    const failed = error === undefined ? attempts.slice(0, -1) : attempts;
    const record = new SingleRecord(prefix);
    if (last !== undefined) record.note(index, last.pid, Float64Array.of(last.queuedMs, last.runMs));
    context.response = settledResponse(error, body, exitCode, index, record, failed);
    return context.response as Response<Result>;
  };
  if (canceled) {
    context.status = 'canceled';
    await fire(worker, { type: JobEvent.Canceled, jobId: context.jobId, attempt: 1 });
    const error = new JobCanceledError(context.jobId);
    return settle(error, undefined, exitCodeOf(error));
  }
  for (let attempt = 1; ; attempt += 1) {
    context.attempt = attempt;
    const tried = await tryOnce(worker, args, attempt);
    attempts.push(tried.record);
    const told = { jobId: context.jobId, attempt };
    if (tried.response.ok) {
      context.status = 'success';
      await fire(worker, { type: JobEvent.Success, ...told, body: tried.response.body });
      return settle(undefined, tried.response.body, 0);
    }
    let error = tried.response.error;
    const elapsedMs = monotonicMs() - began;
    const decision: Decision | Error = context.signal.aborted
      ? { action: 'fail' }
      : decide(worker.retryStrategy, error, (strategy) =>
          strategy.decide({ kind: 'error', error, attempt, elapsedMs, random: Math.random() }),
        );
    if (decision instanceof Error) error = decision;
    if (decision instanceof Error || decision.action === 'fail') {
      context.status = 'failed';
      await fire(worker, { type: JobEvent.Failed, ...told, error, kind: 'error' });
      return settle(error, undefined, tried.record.exitCode);
    }
    const delayMs = decision.action === 'later' ? decision.delayMs : 0;
    context.status = 'retry';
    await fire(worker, { type: JobEvent.Retry, ...told, error, kind: 'error', delayMs });
    if (delayMs > 0) await delay(Math.min(delayMs, LONGEST_TIMER_MS));
  }
}

async function tryOnce<Args, Result>(
  worker: Worker<Args, Result>,
  args: Args,
  attempt: number,
): Promise<{ response: Response<Result>; record: Attempt }> {
  const workerClass = worker.constructor as WorkerClass;
  const context = workerClass.contextOf(worker);
  await fire(worker, { type: JobEvent.Start, jobId: context.jobId, attempt });
  context.status = 'running';
  await fire(worker, { type: JobEvent.Running, jobId: context.jobId, attempt });
  const startedAt = monotonicMs();
  let response: Response<Result>;
  try {
    const outcome = await workerClass.callProcess(worker, args);
    response = JobResponse.isResponse(outcome)
      ? (outcome as Response<Result>)
      : JobResponse.success(outcome as Result);
  } catch (thrown) {
    response = JobResponse.failure(asError(thrown));
  }
  const runMs = monotonicMs() - startedAt;
  const { error, exitCode } = response;
  return { response, record: { error, exitCode, signal: undefined, pid: process.pid, queuedMs: 0, runMs } };
}

/** Listeners of the class first, then those of the instance: both live in this process. */
async function fire(worker: Worker, event: JobEventDetail): Promise<void> {
  const own = classListeners(worker.constructor as WorkerClass);
  await own.fire(worker, event, (error) => reportListener(worker.logger, event, error));
  await worker.fireEvent(event);
}
