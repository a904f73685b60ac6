// Reserves a value, stops itself, and when it is let on tells what became of its lease. Arguments: queue name, length of
// the lease in milliseconds (300).
import { SharedMemoryQueue } from 'mproc-worker';

const queue = SharedMemoryQueue.open(process.argv[2] ?? '', { leaseMs: Number(process.argv[3] ?? 300) });
const leases = await queue.reserve(1, { waitMs: 240_000 });
process.kill(process.pid, 'SIGSTOP');
const outcomes = [
  ...(await queue.extend(leases)),
  ...(await queue.nack(leases)),
  ...(await queue.ack(leases)),
];
console.log(JSON.stringify(outcomes));
await queue.close();
