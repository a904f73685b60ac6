// Tiny jobs there and back over the queue of the template `shared-memory`, against what the adapter does alone.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { measureHosts } from './queues/measure-hosts.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureHosts('shared-memory', options, undefined);
}
