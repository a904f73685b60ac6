import { frameOf } from './message-frames.js';

/** No broadcast has this number, with which the answers of all others begin. */
const NUMBER = Buffer.alloc(4);
/** Longer than any id. */
const LONGEST_BYTES = 64 * 1024;

/**
 * A message over a child's doorbell that asks the parent to cancel a job: `mproc top` has a child send it, as nobody else can
 * reach the parent.
 */
export function cancelFrame(jobId: string): Buffer {
  return frameOf(NUMBER, Buffer.from(jobId));
}

/** The job of such a message; `undefined` for other messages. */
export function jobToCancel(message: Buffer): string | undefined {
  if (message.length <= NUMBER.length || message.length > LONGEST_BYTES) return undefined;
  const isRequest = message.subarray(0, NUMBER.length).equals(NUMBER);
  return isRequest ? message.toString('utf8', NUMBER.length) : undefined;
}
