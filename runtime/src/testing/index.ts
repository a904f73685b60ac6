export { describeQueue } from './queue/describe-queue.js';
export type { KitTransaction, QueueKitOptions, ServerControl } from './queue/options.js';
export { type ServerKind, startServer, type TestServer } from './servers/start-server.js';
