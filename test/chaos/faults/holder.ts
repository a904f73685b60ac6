// Has a lease of a queue until its input ends, and tells then what became of it. Argument: the name of the queue.
import { SharedMemoryQueue } from 'mproc-worker';

const queue = SharedMemoryQueue.open(process.argv[2] ?? '', { memoryBytes: 2 ** 20, leaseMs: 600_000 });
await queue.put('held');
const leases = await queue.reserve(1);
console.log('has it');
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
console.log((await queue.ack(leases))[0]);
await queue.close();
