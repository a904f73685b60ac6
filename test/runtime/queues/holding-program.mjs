// Leases all that a queue has, says what that was, and holds it.
import { SharedMemoryQueue } from 'mproc-worker';

const queue = new SharedMemoryQueue(process.argv[2], { leaseMs: 60_000 });
const leases = await queue.reserve(10);
process.send(leases.map(({ value }) => value));
setInterval(() => {}, 1_000);
