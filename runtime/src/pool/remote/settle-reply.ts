import { JobEvent } from '../../contracts/job-event.js';
import type { Logger } from '../../contracts/logger.js';
import type { Response } from '../../contracts/response.js';
import type { Failure } from '../../contracts/strategy.js';
import { settledResponse } from '../../response/job-response.js';
import type { Job } from '../jobs/job.js';
import { tellListeners } from '../jobs/views.js';
import { attemptsOf, errorOf, type ReplyRecord } from './records.js';

/** The response that a reply stands for; the listeners of the job hear of it. */
export function settleReply(job: Job, reply: ReplyRecord, logger: Logger): Response<unknown> {
  const error = errorOf(reply);
  const { record } = job.caller;
  const attempts = attemptsOf(reply);
  const last = attempts.at(-1);
  job.attempt = Math.max(1, attempts.length);
  if (error === undefined && last !== undefined) {
    attempts.pop();
    record.note(job.index, last.pid, Float64Array.of(last.queuedMs, last.runMs));
  }
  if (error === undefined) void tellListeners(job, JobEvent.Success, logger, { body: reply.body });
  else tellFailed(job, error, attempts.length > 0, logger);
  return settledResponse(error, reply.body, reply.exitCode, job.index, record, attempts);
}

/** As a pool without queues tells it: of one that was not begun, that it was canceled. */
function tellFailed(job: Job, error: Error, hasBegun: boolean, logger: Logger): void {
  const { code = '' } = error as { code?: string };
  if (!NOT_WANTED.has(code)) void tellListeners(job, JobEvent.Failed, logger, { error, kind: kindOf(code) });
  else void tellListeners(job, hasBegun ? JobEvent.Failed : JobEvent.Canceled, logger, { error });
}

const NOT_WANTED: ReadonlySet<string> = new Set(['ERR_JOB_CANCELED', 'ERR_JOB_EXPIRED']);
const CRASHES: ReadonlySet<string> = new Set(['ERR_PROCESS_CRASHED', 'ERR_PROCESS_CORRUPT', 'ERR_JOB_DEAD']);

/** A reply does not say of which kind a failure was; its error does. */
function kindOf(code: string): Failure['kind'] {
  if (CRASHES.has(code)) return 'crash';
  return code === 'ERR_JOB_TIMEOUT' ? 'timeout' : 'error';
}
