import type { JobStatus } from '../../contracts/job.js';
import { JobEvent, type JobEventDetail } from '../../contracts/job-event.js';
import type { Logger } from '../../contracts/logger.js';
import { pack, unpack, unreadable } from '../../values/index.js';
import { reportListener } from '../../worker/report-listener.js';
import { resetState, stateOf } from '../../worker/worker-state.js';
import { within } from '../calls/caller-context.js';
import type { Job } from './job.js';

const STATUS: Record<JobEvent, JobStatus> = {
  [JobEvent.Start]: 'running',
  [JobEvent.Running]: 'running',
  [JobEvent.Success]: 'success',
  [JobEvent.Retry]: 'retry',
  [JobEvent.Failed]: 'failed',
  [JobEvent.Canceled]: 'canceled',
};

/**
 * Tells the listeners of this process, who get a view of the job's worker: an instance with the fields that the job has.
 * @returns a promise only when a listener returned one
 */
export function tellListeners(
  job: Job,
  type: JobEvent,
  logger: Logger,
  more: Partial<JobEventDetail> = {},
): void | Promise<void> {
  if (!job.task.hears(type)) return;
  return within(job.caller.inContext, () => tellNow(job, type, logger, more));
}

function tellNow(
  job: Job,
  type: JobEvent,
  logger: Logger,
  more: Partial<JobEventDetail>,
): void | Promise<void> {
  const { task } = job;
  const event: JobEventDetail = { type, jobId: job.jobId, attempt: job.attempt, ...more };
  const report = (error: unknown) => reportListener(logger, event, error);
  try {
    const view = viewOf(job, logger);
    task.workerClass.contextOf(view).status = STATUS[type];
    return task.listeners.fire(view, event, report);
  } catch (error) {
    // The view is made by the user's own constructor.
    report(error);
  }
}

function viewOf(job: Job, logger: Logger): object {
  const { task } = job;
  const view = job.view ?? new task.workerClass();
  const context = task.workerClass.contextOf(view);
  if (job.view === undefined) {
    job.view = view;
    showState(job, logger);
    context.renew(job.caller.record.jobIdPrefix, job.index, job.attempt);
    context.logger = logger;
  }
  context.attempt = job.attempt;
  return view;
}

/** Brings the view up to the state that an attempt has left. One that cannot be read changes nothing. */
export function showState(job: Job, logger: Logger): void {
  if (job.view === undefined) return;
  try {
    resetState(job.view, readState(job.state ?? job.task.state));
  } catch (error) {
    logger.error(`job ${job.jobId}: listeners do not see its state:`, unreadable(error, 'state'));
  }
}

/** Why a state cannot be read in this process; `undefined` when it can. */
export function problemOfState(packed: Buffer): Error | undefined {
  try {
    readState(packed);
    return undefined;
  } catch (error) {
    return unreadable(error, 'state');
  }
}

function readState(packed: Buffer): Record<string, unknown> | undefined {
  return packed.length === 0 ? undefined : (unpack(packed, 0, packed.length) as Record<string, unknown>);
}

/** Takes over what listeners changed in the view. */
export function keepChanges(job: Job, logger: Logger): void {
  if (job.view === undefined) return;
  try {
    const packed = pack(stateOf(job.view) ?? {}, 'state');
    const before = job.state ?? job.task.state;
    const untouched = before.length === 0 && stateOf(job.view) === undefined;
    // A view that could not be given its state has none to keep.
    if (!untouched && !before.equals(packed) && problemOfState(before) === undefined)
      job.state = Buffer.from(packed);
  } catch (error) {
    logger.error(`job ${job.jobId}: a listener left a state that cannot be sent:`, error);
  }
}
