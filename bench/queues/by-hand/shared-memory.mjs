import { SharedMemoryQueue } from '../../../runtime/dist/index.js';

export function openByHand(_url, { leaseMs }) {
  const queue = new SharedMemoryQueue('by-hand', { leaseMs, maxAttempts: 3, memoryBytes: 16 * 1024 * 1024 });
  return {
    put: (values) => queue.put(values),
    reserve: (max) => queue.reserve(max),
    ack: (leases) => queue.ack(leases),
    close: () => queue.destroy(),
  };
}
