export * from './engine/index.js';
export { NullQueue } from './null-queue.js';
export type { SharedMemoryQueueOptions, SharedMemoryQueuesOptions } from './shared-memory/options.js';
export { SharedMemoryQueue, sharedMemoryQueue } from './shared-memory/shared-memory-queue.js';
export { decodeRecord, encodeRecord, RecordError } from './wire/index.js';
