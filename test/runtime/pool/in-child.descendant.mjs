import { parentPort } from 'node:worker_threads';
import { ProcessPool, Worker } from 'mproc-worker';

const told = [typeof Worker, typeof ProcessPool, process.argv[1]?.includes('descendant') ?? false].join();
if (parentPort === null) process.send?.(told, () => process.disconnect());
else parentPort.postMessage(told);
