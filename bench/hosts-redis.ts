// Tiny jobs there and back over the queue of the template `redis`, against BullMQ and what the adapter does alone.

import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { measureHosts } from './queues/measure-hosts.js';
import { bullmqPeer } from './queues/peers/bullmq.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureHosts('redis', options, bullmqPeer);
}
