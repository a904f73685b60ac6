import type { QueueOptions, SharedMemoryQueue } from 'mproc-worker';

export declare const createQueue: (name: string, options?: QueueOptions) => SharedMemoryQueue<unknown>;
