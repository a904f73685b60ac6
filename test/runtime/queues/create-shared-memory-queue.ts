import { sharedMemoryQueue } from '../../../runtime/src/queues/index.js';

/** Opened by the tests and by the processes they start. */
export const createQueue = sharedMemoryQueue({ memoryBytes: 8 * 2 ** 20 });
