import { type QueueFactory, SharedMemoryQueue, sharedMemoryQueue } from 'mproc-worker';

/** Queues that other processes find under the same names, and no other test does. */
export function queuesOf(space: string): QueueFactory {
  const factory = sharedMemoryQueue();
  return (name, options) => factory(`${space}.${name}`, options);
}

export async function removeQueues(space: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const queue = SharedMemoryQueue.open(`${space}.${name}`);
    await queue.destroy();
  }
}
