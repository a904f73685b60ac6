export { describeQueue } from './queue/describe-queue.js';
export type { QueueKitOptions, ServerControl } from './queue/options.js';
