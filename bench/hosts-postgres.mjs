// Tiny jobs there and back over the queue of the template `postgres`, against graphile-worker and what the adapter does alone.

import { measureHosts } from './queues/measure-hosts.mjs';
import { graphileWorkerPeer } from './queues/peers/graphile-worker.mjs';

export function run(options) {
  return measureHosts('postgres', options, graphileWorkerPeer);
}
