import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { Response } from '../../contracts/response.js';
import { JobCanceledError } from '../../errors/errors.js';
import { type CallerContext, within } from '../calls/caller-context.js';

/** What the channel `mproc-worker:job` tells of a job: one object from its start to its end. */
export interface JobMessage {
  /** Name of the pool. */
  readonly pool: string;
  /** The job's id, as its response has it. */
  readonly jobId: string;
  /** Name of the worker's class or function. */
  readonly class: string;
  /** `caller`: this program asked for the job. `queue`: the job came over a queue, and this program runs it. */
  readonly origin: 'caller' | 'queue';
  /** Name of the queue that the job goes over; `undefined` where processes of this pool run it. */
  readonly queue: string | undefined;
  /**
   * What a subscriber puts here at the start goes with the job, over a queue as well, to whoever surrounds its attempts
   * in a process: `mproc-worker/otel` puts the context of its trace here.
   */
  readonly carrier: Record<string, string>;
  /** The response; from `asyncStart` on. `undefined` where nobody waits for one. */
  result?: Response<unknown>;
  /** What the job failed with; from `error` on. */
  error?: Error;
}

/** A job that is told of. */
interface ToldJob {
  readonly jobId: string;
  readonly caller: { readonly inContext?: CallerContext | undefined };
  readonly task: { readonly workerClass: { readonly name: string } };
  message: JobMessage | undefined;
  carrier: Readonly<Record<string, string>> | undefined;
}

const channel: TracingChannel<JobMessage> = tracingChannel<JobMessage>('mproc-worker:job');

/** Does anybody listen? A call is told of where somebody did when it was made. */
export function areJobsTold(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/**
 * Tells that a job is given to a pool, in the context of its caller.
 * @param queue what it goes over
 */
export function tellStart(
  job: ToldJob,
  pool: string,
  queue: string | undefined,
  origin: JobMessage['origin'],
): void {
  const { jobId, task, carrier } = job;
  const { name } = task.workerClass;
  const message: JobMessage = { pool, jobId, class: name, origin, queue, carrier: { ...carrier } };
  job.message = message;
  publishStart(message);
  if (!isEmpty(message.carrier)) job.carrier = message.carrier;
}

/** The same for a job that nobody here waits for. @returns what goes with it */
export function tellSubmitted(
  job: Omit<JobMessage, 'carrier' | 'origin'>,
): Readonly<Record<string, string>> | undefined {
  if (!areJobsTold()) return undefined;
  const message: JobMessage = { ...job, origin: 'caller', carrier: {} };
  publishStart(message);
  publishEnd(message, undefined);
  return isEmpty(message.carrier) ? undefined : message.carrier;
}

/** Does nothing go with a job? */
export function isEmpty(carrier: JobMessage['carrier']): boolean {
  return Object.keys(carrier).length === 0;
}

/** Tells that a job is answered, or let go of. */
export function tellEnd(job: ToldJob, response: Response<unknown> | undefined): void {
  const { message } = job;
  if (message === undefined) return;
  job.message = undefined;
  const error = response === undefined ? new JobCanceledError(job.jobId) : response.error;
  if (response !== undefined) message.result = response;
  within(job.caller.inContext, () => publishEnd(message, error));
}

function publishStart(message: JobMessage): void {
  channel.start.publish(message);
  channel.end.publish(message);
}

function publishEnd(message: JobMessage, error: Error | undefined): void {
  if (error !== undefined) {
    message.error = error;
    channel.error.publish(message);
  }
  channel.asyncStart.publish(message);
  channel.asyncEnd.publish(message);
}
