// Tiny jobs there and back over the queue of the template `nats`, against what the adapter does alone.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { measureHosts } from './queues/measure-hosts.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureHosts('nats', options, undefined, 1_000);
}
