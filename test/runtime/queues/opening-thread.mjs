import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { SharedMemoryQueue } from 'mproc-worker';

/** A thread that opens the queue of a name in the same moment as others, or a private one, and puts a value. */
if (isMainThread) throw new Error('to be run as a worker thread');
const { name, value, arrivals, threads } = workerData;
Atomics.add(arrivals, 0, 1);
while (Atomics.load(arrivals, 0) < threads);
let problem = '';
try {
  const queue = new SharedMemoryQueue(name, { memoryBytes: 1_048_576 });
  await queue.put([value]);
  await queue.close();
} catch (error) {
  problem = error.message;
}
parentPort.postMessage(problem);
