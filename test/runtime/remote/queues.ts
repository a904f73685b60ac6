import {
  type Queue,
  type QueueFactory,
  SharedMemoryQueue,
  sharedMemoryQueue,
  UnsupportedError,
} from 'mproc-worker';

/** Queues that other processes find under the same names, and no other test does. */
export function queuesOf(space: string): QueueFactory {
  const factory = sharedMemoryQueue();
  return (name, options) => {
    const queue = factory(`${space}.${name}`, options);
    return process.env.MPROC_TEST_NO_DEDUPE ? withoutDedupe(queue) : queue;
  };
}

/** As an engine that cannot tell whether it has a value already. */
function withoutDedupe(queue: Queue<unknown>): Queue<unknown> {
  const put = queue.put.bind(queue);
  queue.put = (values, options) => {
    if (options?.dedupeKey !== undefined) throw new UnsupportedError(`queue ${queue.name}`, 'dedupeKey');
    return put(values, options);
  };
  return Object.defineProperty(queue, 'supports', { value: { ...queue.supports, dedupe: false } });
}

export async function removeQueues(space: string, names: readonly string[]): Promise<void> {
  // What hosts look at is there as soon as one has served.
  for (const name of [...names, 'control']) {
    const queue = SharedMemoryQueue.open(`${space}.${name}`, { isSmall: name === 'control' });
    await queue.destroy();
  }
}
