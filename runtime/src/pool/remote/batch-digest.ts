import { createHash } from 'node:crypto';
import { encodeRecord } from '../../queues/wire/index.js';
import type { Job } from '../jobs/job.js';

/** Of 18 bytes, so that two different arguments do not have the same by chance. */
const LENGTH = 24;

/** What tells the arguments of a job of a batch from others; empty for those that cannot be sent, which say so when they are. */
export function digestOf({ args, task }: Job): string {
  try {
    const text = encodeRecord([task.workerClass.name, args]);
    return createHash('sha256').update(text).digest('base64url').slice(0, LENGTH);
  } catch {
    return '';
  }
}
