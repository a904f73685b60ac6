// Tiny jobs there and back over the queue of the template `redis`, against BullMQ and what the adapter does alone.

import { measureHosts } from './queues/measure-hosts.mjs';
import { bullmqPeer } from './queues/peers/bullmq.mjs';

export function run(options) {
  return measureHosts('redis', options, bullmqPeer);
}
