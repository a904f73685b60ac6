// Opens the queue of a name, puts the values that follow, one after another, and ends. Dies where MPROC_FAILPOINT says so.
import { SharedMemoryQueue } from 'mproc-worker';

const [name, ...values] = process.argv.slice(2);
const queue = SharedMemoryQueue.open(name);
for (const value of values) await queue.put(value);
await queue.close();
