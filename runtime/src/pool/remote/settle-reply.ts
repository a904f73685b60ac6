import { JobEvent } from '../../contracts/job-event.js';
import type { Logger } from '../../contracts/logger.js';
import type { Response } from '../../contracts/response.js';
import { settledResponse } from '../../response/job-response.js';
import type { Job } from '../jobs/job.js';
import { tellListeners } from '../jobs/views.js';
import { errorOf, type ReplyRecord } from './records.js';

/** The response that a reply stands for; the listeners of the job hear of it. */
export function settleReply(job: Job, reply: ReplyRecord, logger: Logger): Response<unknown> {
  const error = errorOf(reply);
  const { record } = job.caller;
  const attempts = [...reply.attempts];
  const last = attempts.at(-1);
  job.attempt = Math.max(1, attempts.length);
  if (error === undefined && last !== undefined) {
    attempts.pop();
    record.note(job.index, last.pid, Float64Array.of(last.queuedMs, last.runMs));
  }
  if (error === undefined) void tellListeners(job, JobEvent.Success, logger, { body: reply.body });
  else void tellListeners(job, JobEvent.Failed, logger, { error });
  return settledResponse(error, reply.body, reply.exitCode, job.index, record, attempts);
}
