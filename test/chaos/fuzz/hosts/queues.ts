import { type QueueFactory, sharedMemoryQueue } from 'mproc-worker';

/** Where the queues of a round are, for each of its processes. */
export interface Place {
  /** A prefix of all names, which no other round has. */
  readonly space: string;
  /** A module with a factory, of an engine that is not shared memory. */
  readonly module?: string;
}

export async function queuesAt({ space, module }: Place): Promise<QueueFactory> {
  const make: QueueFactory = module === undefined ? sharedMemoryQueue() : (await import(module)).benchQueue;
  return (name, options) => make(`${space}.${name}`, options);
}
