import { JobEvent, type JobEventDetail } from '../../contracts/job-event.js';
import { JobResponse } from '../../response/job-response.js';
import type { JobContext } from '../../worker/job-context.js';
import { reportListener } from '../../worker/report-listener.js';
import type { Worker } from '../../worker/worker.js';
import { attemptHooks } from '../channels/attempt-hooks.js';
import type { JobScope } from './job-scope.js';
import type { LoadedTask } from './load-task.js';

/** A worker at a job; used again for its next one. */
export interface Attempt {
  task: LoadedTask;
  readonly worker: Worker;
  readonly context: JobContext;
  /** What the job is called in what is told of it; -1 between jobs. */
  ref: number;
  /** What came with the job from its caller. */
  carrier: Readonly<Record<string, string>> | undefined;
  /** How long its arguments took to be unpacked, where that can be seen in a trace; else 0, and -1 where there is none. */
  unpackMs: number;
  /** What it is called in its scope: the reference of a job is another job's when it has ended. */
  job: number;
}

export function isPromise(value: unknown): value is Promise<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // A getter or a proxy that throws: it is refused where it is packed.
    return false;
  }
}

/** Runs the worker's own code. */
export function callProcess(attempt: Attempt, scope: JobScope, args: unknown): unknown {
  const { carrier, context, task } = attempt;
  const hooks = carrier === undefined ? undefined : attemptHooks();
  if (carrier === undefined || hooks?.around === undefined) return callInScope(attempt, scope, args);
  const { jobId, attempt: number } = context;
  const info = { jobId, class: task.workerClass.name, attempt: number, carrier };
  return hooks.around(info, () => callInScope(attempt, scope, args));
}

function callInScope({ task, worker, job }: Attempt, scope: JobScope, args: unknown): unknown {
  const { workerClass } = task;
  // A function for each tiny job would be felt.
  if (!task.reports) return workerClass.callProcess(worker, args);
  return scope.run(job, () => workerClass.callProcess(worker, args));
}

/** Tells the listeners of the class. */
export function fire(
  attempt: Attempt,
  type: JobEvent,
  more: Partial<JobEventDetail> = {},
): void | Promise<void> {
  const { task, worker, context } = attempt;
  if (!task.listeners.has(type)) return;
  const event: JobEventDetail = { type, jobId: context.jobId, attempt: context.attempt, ...more };
  return task.listeners.fire(worker, event, (error) => reportListener(context.logger, event, error));
}

/**
 * Runs `process` between its events.
 * @param tellParent called for the events that the parent listens to
 */
export async function runWithEvents(
  attempt: Attempt,
  scope: JobScope,
  args: unknown,
  tellParent: (type: JobEvent) => void,
  started: () => void,
): Promise<unknown> {
  const { task, context } = attempt;
  const step = async (type: JobEvent) => {
    await fire(attempt, type);
    if (task.parentEvents.has(type)) tellParent(type);
  };
  await step(JobEvent.Start);
  context.status = 'running';
  await step(JobEvent.Running);
  started();
  const outcome = await callProcess(attempt, scope, args);
  const failed = JobResponse.isResponse(outcome) && !outcome.ok;
  if (failed) return outcome;
  context.status = 'success';
  const body = JobResponse.isResponse(outcome) ? outcome.body : outcome;
  await fire(attempt, JobEvent.Success, { body });
  return outcome;
}
