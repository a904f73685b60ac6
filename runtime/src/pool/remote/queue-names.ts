import { createHash } from 'node:crypto';
import { OptionError } from '../../errors/errors.js';
import type { JobId } from '../calls/run-call.js';

/** A record cannot have its answer put on any queue it likes, and no name leads an engine out of its folder. */
export function isAnswerQueueName(name: unknown): boolean {
  return typeof name === 'string' && /^(answers|batch)\.[\w.-]{1,92}$/.test(name);
}

/** Where pools that read answers have a record each. */
export const CALLERS = 'callers';

/** The answers of a batch stay when nobody reads them. */
export function isBatchQueue(name: string): boolean {
  return name.startsWith('batch.');
}

/** @throws OptionError when no queue of every engine can have the name */
export function batchQueueName(batch: string): string {
  const name = `batch.${batch}`;
  if (typeof batch === 'string' && isAnswerQueueName(name)) return name;
  throw new OptionError(
    `option batch must be a name of letters, digits, dot, dash and underscore, 1 to 92 of them; received ${JSON.stringify(batch)}`,
  );
}

/** What the id of a job begins with that nobody waits for: whoever has it knows the queue of the job. */
export function submittedPrefix(poolName: string, workerName: string): string {
  return `${poolName}.s.${workerName}.0`;
}

/** The same for a job with a key: the key's own, so that whoever puts it again knows its id. */
export function keyedPrefix(key: string, workerName: string): string {
  const digest = createHash('sha256').update(`${workerName}\n${key}`).digest('base64url').slice(0, 22);
  return submittedPrefix(`key-${digest}`, workerName);
}

/** The parts of an id, so that it is the job's where it runs; `undefined` for one that no pool has given. */
export function jobIdOf(id: string): JobId | undefined {
  const [, prefix, call, index] = /^(.{1,200})\.(\d{1,9})\.(\d{1,9})$/.exec(id) ?? [];
  return prefix === undefined ? undefined : { prefix, call: Number(call), index: Number(index) };
}

export function submittedClassOf(jobId: string): string | undefined {
  return /^[\w-]+\.s\.(.+)\.0\.\d+$/.exec(jobId)?.[1];
}

/**
 * What the ids of a batch's jobs begin with: the same each time. They are in titles of processes, which all users of a machine
 * see, so the name itself, which its caller has chosen, is not in them.
 */
export function batchPrefix(batch: string): string {
  return `batch-${createHash('sha256').update(batch).digest('base64url').slice(0, 12)}.0`;
}

/** The queue that the answer to a job comes on; `undefined` for one of a batch, which any pool may have taken up. */
export function answerQueueOf(jobId: string): string | undefined {
  const [, pool] = /^([\w-]+)\.\d+\.\d+\.\d+$/.exec(jobId) ?? [];
  const name = `answers.${pool}`;
  return pool !== undefined && isAnswerQueueName(name) ? name : undefined;
}

/** The queue that keeps which ticks of schedules are done. */
export const TICK_QUEUE = 'schedules';

export function jobQueueName(workerName: string): string {
  return `jobs.${workerName}`;
}

/** The queue that holds jobs until those before them are done. */
export const JOIN_QUEUE = 'joins';

/** The queue that keeps answered jobs. */
export const HISTORY_QUEUE = 'history';

/** What hosts look at: which classes are paused, and orders. */
export const CONTROL_QUEUE = 'control';
