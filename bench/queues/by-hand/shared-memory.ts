import { type Lease, SharedMemoryQueue } from 'mproc-worker';
import type { OpenedByHand } from './bare-queue.js';

export function openByHand(
  _url: string,
  { leaseMs }: { readonly leaseMs: number },
): OpenedByHand<Lease<unknown>> {
  const queue = new SharedMemoryQueue('by-hand', { leaseMs, maxAttempts: 3, memoryBytes: 16 * 1024 * 1024 });
  return {
    put: (values) => queue.put(values),
    reserve: (max) => queue.reserve(max),
    ack: (leases) => queue.ack(leases),
    close: () => queue.destroy(),
  };
}
