// Tiny jobs there and back over the queue of the template `postgres`, against graphile-worker and what the adapter does alone.

import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { measureHosts } from './queues/measure-hosts.js';
import { graphileWorkerPeer } from './queues/peers/graphile-worker.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureHosts('postgres', options, graphileWorkerPeer);
}
