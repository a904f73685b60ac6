import { SharedMemoryQueue } from 'mproc-worker';

/** Queues of one test, whose names begin with what the environment says. */
export const createQueue = (name, options) =>
  new SharedMemoryQueue(`${process.env.CONTROL_SPACE}.${name}`, options);
