import { channel } from 'node:diagnostics_channel';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { Queue } from '../../contracts/queue.js';

const OPERATIONS = [
  'put',
  'reserve',
  'ack',
  'nack',
  'extend',
] as const satisfies readonly QueueMessage['operation'][];

/** What the channel `mproc-worker:queue` tells of an operation that a pool has made on one of its queues. */
export interface QueueMessage {
  /** Name of the queue. */
  readonly queue: string;
  /** What was done. */
  readonly operation: 'put' | 'reserve' | 'ack' | 'nack' | 'extend';
  /** How many values or leases it was about. */
  readonly count: number;
  /** How long it took, in milliseconds; of `reserve` the wait for something to come as well. */
  readonly durationMs: number;
  /** What it failed with. */
  readonly error?: unknown;
}

const queues = channel('mproc-worker:queue');

/** Has the operations of a queue told, whatever engine it is of. An operation that nobody listens to costs one look. */
export function told<T>(queue: Queue<T>): Queue<T> {
  for (const operation of OPERATIONS) {
    const own = queue[operation] as (...values: unknown[]) => unknown;
    // The queue may be a class with private fields: it stays itself.
    Object.defineProperty(queue, operation, {
      configurable: true,
      writable: true,
      value: (...values: unknown[]) => {
        const run = () => own.apply(queue, values);
        return queues.hasSubscribers ? tellWhenDone(queue.name, operation, values[0], run) : run();
      },
    });
  }
  return queue;
}

async function tellWhenDone(
  queue: string,
  operation: QueueMessage['operation'],
  given: unknown,
  run: () => unknown,
): Promise<unknown> {
  const began = monotonicMs();
  const tell = (count: number, failed: object = {}) =>
    queues.publish({ queue, operation, count, durationMs: monotonicMs() - began, ...failed });
  try {
    const result = await run();
    tell(lengthOf(operation === 'reserve' ? result : given));
    return result;
  } catch (error) {
    tell(operation === 'reserve' ? 0 : lengthOf(given), { error });
    throw error;
  }
}

function lengthOf(values: unknown): number {
  return Array.isArray(values) ? values.length : 1;
}
